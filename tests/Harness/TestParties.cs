using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness.Dealers;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>Client and server of a protocol in the test's process, with correlated OT from the dealer.</summary>
internal static class TestParties
{
    /// <summary>Runs both; the client is the first party of the result.</summary>
    public static TwoPartyResult<TClient, TServer> Run<TClient, TServer>(
        Func<Party, TClient> client, Func<Party, TServer> server, (IChannel, IChannel)? channels = null, ulong seed = 1) =>
        TwoParties.Run(
            channel => With(Role.Client, channel, seed, client), channel => With(Role.Server, channel, seed, server), channels: channels);

    /// <summary>Runs both, for tests of refusals.</summary>
    public static TwoPartyFaults RunToFault(Action<Party> client, Action<Party> server, (IChannel, IChannel) channels) =>
        TwoParties.RunToFault(
            channel => With(Role.Client, channel, 1, party => { client(party); return true; }),
            channel => With(Role.Server, channel, 1, party => { server(party); return true; }), channels: channels);

    /// <summary>Shares of numbers modulo 2^bits, the client's uniform.</summary>
    public static (uint[] Client, uint[] Server) Share(ReadOnlySpan<int> values, int bits, ulong seed)
    {
        using Prg prg = Prg.Derive([], "shares", seed);
        uint mask = Ring.Mask(bits);
        uint[] client = new uint[values.Length], server = new uint[values.Length];
        prg.Fill<uint>(client);
        for (int i = 0; i < client.Length; i++)
        {
            client[i] &= mask;
            server[i] = ((uint)values[i] - client[i]) & mask;
        }
        return (client, server);
    }

    /// <summary>The shared numbers, read as signed.</summary>
    public static int[] Reconstruct(ReadOnlySpan<uint> client, ReadOnlySpan<uint> server, int bits)
    {
        int[] values = new int[client.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Ring.Signed(client[i] + server[i], bits);
        return values;
    }

    private static T With<T>(Role role, IChannel channel, ulong seed, Func<Party, T> work)
    {
        const ulong FromServer = 0x5e, FromClient = 0xc1;
        bool isServer = role == Role.Server;
        using Party party = new(role, channel,
            new DealtCorrelatedOt(seed ^ (isServer ? FromServer : FromClient)), Hash(isServer ? "server" : "client"),
            new DealtCorrelatedOt(seed ^ (isServer ? FromClient : FromServer)), Hash(isServer ? "client" : "server"),
            Prg.Derive([], isServer ? "server" : "client", seed));
        return work(party);
    }

    private static CorrelationRobustHash Hash(string sender) => CorrelationRobustHash.ForConnection([], sender);
}
