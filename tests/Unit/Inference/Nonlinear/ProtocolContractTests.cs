using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Protocols.Nonlinear.Garbled;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Unit.Inference.Nonlinear;

/// <summary>
/// What every non-linear protocol keeps: declared cost is counted cost, transcripts follow from seeds and shares, and any message
/// that is cut, extended or announced as another ends it with a named fault at whoever received it.
/// </summary>
public sealed class ProtocolContractTests
{
    private const int Elements = 70;

    private static ReadOnlySpan<ulong> Bits => [0x123456789abcdef0, 0x2a];

    public static TheoryData<string> Names => [.. Protocols.Keys];

    private static readonly Dictionary<string, Protocol> Protocols = new()
    {
        ["relu"] = Of(16, new Clamp(Elements, 16, 0, null), c => Bytes(c.Prepare, c.FixChoices, c.Run),
            (c, p, x) => c.Run(p, c.Prepare(p), x, new uint[Elements])),
        ["clip"] = Of(18, new Clamp(Elements, 18, -5, 300, 3), c => Bytes(c.Prepare, c.FixChoices, c.Run),
            (c, p, x) => c.Run(p, c.Prepare(p), x, new uint[Elements])),
        ["garbled relu"] = Garbled(16, knownOffline: true, c => SharedFunction.Clamp(16, negativePart: false, null, c)),
        ["garbled clip"] = Garbled(18, knownOffline: false, c => SharedFunction.Clamp(18, negativePart: false, 300, c)),
        ["garbled maximum"] = Garbled(14, knownOffline: true, c => SharedFunction.Maximum(7, 14, c), numbers: 7),
        ["extension"] = Of(16, new Extension(Elements, 16, signed: true), e => Bytes(e.Prepare, e.Run), (e, p, x) => e.Run(p, e.Prepare(p), x, x)),
        ["square"] = Squares(knownOffline: true),
        ["square of a share not known before"] = Squares(knownOffline: false),
        ["maximum"] = Of(14, new Tournament(Elements / 7, 7, 14, payloads: 0), t => Bytes(t.Prepare, t.Run), (t, p, x) => t.Run(p, t.Prepare(p), [x])),
        ["multiplexer"] = Of(20, new Multiplexer(Elements, 20, serverStarts: true), m => Bytes(m.Prepare, m.Begin, m.Complete),
            Multiply),
        ["bit to number"] = Of(16, new BitToArithmetic(Elements, 16, 6 << 9, Role.Client), b => Bytes(b.Prepare, b.Begin, b.Complete), Convert),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Declared_cost_is_what_the_channel_counts(string name)
    {
        Protocol protocol = Protocols[name];
        var result = Run(protocol);
        Assert.Equal(protocol.Cost.Up, result.FirstCounters.PayloadSent);
        Assert.Equal(protocol.Cost.Down, result.FirstCounters.PayloadReceived);
        Assert.Equal(protocol.Cost.Up, result.SecondCounters.PayloadReceived);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Transcripts_follow_from_seeds_and_shares(string name)
    {
        string transcript = Run(Protocols[name]).TranscriptHash;
        Assert.Equal(transcript, Run(Protocols[name]).TranscriptHash);
        Assert.NotEqual(transcript, Run(Protocols[name], seed: 2).TranscriptHash);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_spoilt_message_from_either_party_is_a_named_fault_at_the_other(string name)
    {
        Protocol protocol = Protocols[name];
        var counts = Run(protocol);
        for (int message = 0; message < counts.FirstCounters.MessagesSent; message++) Spoil(protocol, message, byClient: true);
        for (int message = 0; message < counts.SecondCounters.MessagesSent; message++) Spoil(protocol, message, byClient: false);
    }

    private static void Multiply(Multiplexer multiplexer, Party party, uint[] share)
    {
        Multiplexer.Correlation correlation = multiplexer.Prepare(party);
        multiplexer.Begin(party, correlation, Bits);
        multiplexer.Complete(party, correlation, Bits, share, new uint[Elements]);
    }

    private static void Convert(BitToArithmetic conversion, Party party, uint[] share)
    {
        AdditiveTransfer.Correlation correlation = conversion.Prepare(party);
        conversion.Begin(party, correlation, Bits);
        conversion.Complete(party, correlation, Bits, share);
    }

    private static void Spoil(Protocol protocol, int message, bool byClient)
    {
        (Func<Message, Message> Tamper, PeerFault Fault)[] ways =
            [(Tamper.Truncate, PeerFault.WrongLength), (Tamper.Extend, PeerFault.WrongLength), (Tamper.WrongTag, PeerFault.UnexpectedMessage)];
        foreach ((Func<Message, Message> tamper, PeerFault expected) in ways)
        {
            (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
            if (byClient) a = new TamperedChannel(a, message, tamper);
            else b = new TamperedChannel(b, message, tamper);
            TwoPartyFaults faults = TestParties.RunToFault(
                party => protocol.Run(party, protocol.Share(client: true)), party => protocol.Run(party, protocol.Share(client: false)), (a, b));
            Exception? receiver = byClient ? faults.Second : faults.First;
            Assert.Equal(expected, Assert.IsType<ProtocolException>(receiver).Fault);
        }
    }

    private static TwoPartyResult<bool, bool> Run(Protocol protocol, ulong seed = 1) => TestParties.Run(
        party => { protocol.Run(party, protocol.Share(client: true)); return true; },
        party => { protocol.Run(party, protocol.Share(client: false)); return true; }, seed: seed);

    private static (long, long) Bytes(params ReadOnlySpan<Action<Script>> parts) => Tally.Of(parts).Bytes;

    private static Protocol Of<T>(int bits, T protocol, Func<T, (long, long)> cost, Action<T, Party, uint[]> run) =>
        new(bits, cost(protocol), (party, share) => run(protocol, party, share));

    private static Protocol Squares(bool knownOffline) => Of(17, new Square(Elements, 17, signed: true, 3, 22, knownOffline),
        s => Bytes(s.Prepare, s.FixNumbers, s.Run), (s, p, x) =>
    {
        Square.Correlation correlation = s.Prepare(p, knownOffline && !p.IsServer ? x : []);
        s.FixNumbers(p, correlation, x);
        s.Run(p, correlation, x, x);
    });

    private static Protocol Garbled(int bits, bool knownOffline, Func<bool, SharedFunction> function, int numbers = 1)
    {
        GarbledFunction garbled = new(function, Elements / numbers, knownOffline);
        return Of(bits, garbled, g => Bytes(g.Prepare, g.Run),
            (g, p, x) => g.Run(p, g.Prepare(p, knownOffline && !p.IsServer ? x : []), x, new uint[Elements / numbers]));
    }

    private sealed record Protocol(int Bits, (long Up, long Down) Cost, Action<Party, uint[]> Run)
    {
        public uint[] Share(bool client)
        {
            int[] values = [.. Enumerable.Range(0, Elements).Select(i => i * 37 - 1000)];
            (uint[] clients, uint[] servers) = TestParties.Share(values, Bits, 5);
            return client ? clients : servers;
        }
    }
}
