using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Steps;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.TwoServers.Joint;

/// <summary>
/// Two servers make their correlations between themselves, without a dealer: one link's keys and transfers, from which sources of queries come, one
/// after the other. Linear layers by encryption in both directions (<see cref="JointProducts"/>), everything else by the protocols of a client and a
/// server, of which no share is known before the input. What both know the first server adds.
/// </summary>
internal sealed class JointPreparation : IDisposable
{
    private const int NonceBytes = 32;

    private readonly Party _party;
    private readonly JointProducts _products;
    private readonly Prg _randomness;
    private readonly byte[] _common;
    private ulong _queries;

    private JointPreparation(Party party, JointProducts products, Prg randomness, byte[] common) =>
        (_party, _products, _randomness, _common) = (party, products, randomness, common);

    /// <summary>Bytes that each server sends here, before the transfers are first extended.</summary>
    public static long SetupBytes => GreetingBytes + RlweClient.PublicKeyBytesFor(JointModel.Parameters) + BaseTransfers.BytesEachWay;

    private static int GreetingBytes => SHA256.HashSizeInBytes + NonceBytes;

    /// <summary>
    /// Greets the other server, exchanges public keys and base transfers. All randomness of the link is bound to both greetings, which nobody but the two
    /// servers sees.
    /// </summary>
    /// <param name="model">Not disposed here; serves any number of links.</param>
    /// <param name="randomness">Owned by the result.</param>
    /// <exception cref="ProtocolException">The other server holds another plan, or broke the protocol.</exception>
    public static JointPreparation Connect(ServerParty server, JointModel model, Prg randomness)
    {
        (byte[] binding, byte[] common) = Greet(server, model.Flow.Plan, randomness);
        Role role = server.IsFirst ? Role.Server : Role.Client;
        RlweClient own = new(JointModel.Parameters, [.. binding, (byte)role], randomness);
        byte[] key = new byte[own.PublicKeyBytes];
        own.WritePublicKey(key);
        server.Peer.Send(MessageTag.PublicKey, key);
        server.Peer.Receive(MessageTag.PublicKey, key);
        RlweServer other;
        try
        {
            other = new RlweServer(JointModel.Parameters, [.. binding, (byte)(1 - role)], key);
        }
        catch (FormatException malformed)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "public key", malformed.Message, malformed);
        }
        byte[] seed = new byte[Prg.SeedBytes];
        randomness.Fill(seed);
        Prg products = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        Party party = BaseTransfers.Run(role, server.Peer, null, binding, Transfers(model.Flow), randomness);
        return new JointPreparation(party, new JointProducts(server, model, own, other), products, common);
    }

    /// <summary>Transfers that a query consumes: what both servers choose their extension by.</summary>
    public static Transfers Transfers(DataFlow flow) => StepProtocols.TransfersOfOneRow(flow);

    /// <summary>Encrypts and multiplies for the next query; the rest is made as it is taken.</summary>
    public JointSource Next() => new(++_queries, _common, _party, _products.Run(_randomness));

    /// <summary>Clears keys and transfers; not the link.</summary>
    public void Dispose()
    {
        _party.Dispose();
        _products.Dispose();
        _randomness.Dispose();
        CryptographicOperations.ZeroMemory(_common);
    }

    private static (byte[] Binding, byte[] Common) Greet(ServerParty server, InferencePlan plan, Prg randomness)
    {
        byte[] mine = new byte[GreetingBytes], theirs = new byte[GreetingBytes], hash = PlanSerializer.Hash(plan);
        hash.CopyTo(mine, 0);
        randomness.Fill(mine.AsSpan(hash.Length));
        server.Peer.Send(TwoServersTag.Greeting, mine);
        server.Peer.Receive(TwoServersTag.Greeting, theirs);
        if (!theirs.AsSpan(0, hash.Length).SequenceEqual(hash))
            throw new ProtocolException(PeerFault.PlanMismatch, "greeting", "the other server holds another plan");
        byte[] both = server.IsFirst ? [.. mine, .. theirs] : [.. theirs, .. mine];
        byte[] Named(string label) => SHA256.HashData([.. Encoding.UTF8.GetBytes(label), .. both]);
        return (Named("two servers: binding"), Named("two servers: common seed"));
    }
}
