using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Conformance.Fuzz;

/// <summary>
/// Every decoder of a session under spoilt messages: whatever one party sends in place of any of its messages, both end in
/// time, with a result or with a named fault, never with another exception.
/// </summary>
public sealed class SessionFuzzTests
{
    private static readonly ServedModel Model = new(SmallPlan.OfEveryStep());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_parties_end_with_a_result_or_a_named_fault(bool byClient)
    {
        Random random = new(byClient ? 1 : 2);
        for (int round = 0; round < 60; round++)
        {
            (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
            int message = random.Next(40), seed = random.Next();
            if (byClient) a = new TamperedChannel(a, message, original => Spoil(original, seed));
            else b = new TamperedChannel(b, message, original => Spoil(original, seed));
            TwoPartyFaults faults = TwoParties.RunToFault(
                channel => Harness.Sessions.Client(channel, null, session => session.Infer(SmallPlan.Rows(1))),
                channel => Harness.Sessions.Server(channel, Model, session => { session.Serve(); return true; }),
                channels: (a, b));
            foreach (Exception fault in new[] { faults.First, faults.Second }.OfType<Exception>())
                Assert.True(fault is ProtocolException, $"message {message}, seed {seed}: {fault}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_parties_end_likewise_whatever_travels_on_a_lane(bool byClient)
    {
        ServedModel model = new(SmallPlan.OfManyTransfers());
        SessionOptions options = SessionOptions.Default with { Threads = 2 };
        Random random = new(byClient ? 3 : 4);
        for (int round = 0; round < 12; round++)
        {
            int lane = random.Next(2), message = random.Next(4), seed = random.Next();
            IChannel Spoilt(IChannel channel, int number) =>
                number == lane ? new TamperedChannel(channel, message, original => Spoil(original, seed)) : channel;
            InMemoryLanes lanes = byClient ? new InMemoryLanes(client: Spoilt, timeoutMs: 500) : new InMemoryLanes(server: Spoilt, timeoutMs: 500);
            TwoPartyFaults faults = TwoParties.RunToFault(
                channel => Harness.Sessions.Client(channel, null, session => session.Infer(SmallPlan.Images(1)), options, lanes.Open),
                channel => Harness.Sessions.Server(channel, model, session => { session.Serve(); return true; }, options, lanes.Desk));
            foreach (Exception fault in new[] { faults.First, faults.Second }.OfType<Exception>())
                Assert.True(fault is ProtocolException, $"lane {lane}, message {message}, seed {seed}: {fault}");
        }
    }

    private static Message Spoil(Message message, int seed)
    {
        Random random = new(seed);
        byte[] payload = [.. message.Payload];
        switch (random.Next(5))
        {
            case 0: return message with { Payload = payload[..random.Next(payload.Length + 1)] };
            case 1: return message with { Payload = [.. payload, .. new byte[random.Next(1, 100)]] };
            case 2: random.NextBytes(payload); break;
            case 3: Array.Fill(payload, (byte)0xff); break;
            default:
                if (payload.Length > 0) payload[random.Next(payload.Length)] ^= (byte)(1 << random.Next(8));
                break;
        }
        return message with { Payload = payload };
    }
}
