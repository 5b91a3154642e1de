using System.Security.Cryptography;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Hosting.Client;

/// <summary>
/// What a client sends one server for a query: a byte of version, SHA-256 of the plan, an uncompressed public key of P-256 to which the result shall be
/// sealed, and the server's share of the input, which is a seed of 32 bytes at the first server and the difference at the second.
/// </summary>
/// <param name="Share">Secret towards the other server.</param>
public sealed record QueryUpload(byte[] Key, byte[] Share)
{
    private const byte Version = 1;
    private const int PlanAt = 1, KeyAt = PlanAt + SHA256.HashSizeInBytes, ShareAt = KeyAt + SealedResult.KeyBytes;

    /// <summary>Bytes of an upload to one of the servers.</summary>
    public static int BytesOf(InferencePlan plan, ServerRole role) =>
        checked(ShareAt + (role == ServerRole.First ? DealtStream.SeedBytes : QueryShares.DifferenceBytes(plan)));

    public byte[] ToBytes(ReadOnlySpan<byte> planHash) => [Version, .. planHash, .. Key, .. Share];

    /// <summary>Reads an upload at a server.</summary>
    /// <param name="planHash">Of the server's plan.</param>
    /// <exception cref="QueryFaultException">Another length, version or plan, or a key that is none.</exception>
    public static QueryUpload Read(ReadOnlySpan<byte> body, InferencePlan plan, ReadOnlySpan<byte> planHash, ServerRole role)
    {
        int expected = BytesOf(plan, role);
        if (body.Length != expected)
            throw new QueryFaultException(body.Length > expected ? QueryFault.TooLarge : QueryFault.WrongLength,
                $"the upload has {body.Length} bytes where the plan calls for {expected}");
        if (body[0] != Version)
            throw new QueryFaultException(QueryFault.UnsupportedVersion, $"the upload has version {body[0]}; this server reads version {Version}");
        if (!body[PlanAt..KeyAt].SequenceEqual(planHash))
            throw new QueryFaultException(QueryFault.PlanMismatch, "the upload was made for another plan than this server's");
        byte[] key = body[KeyAt..ShareAt].ToArray();
        SealedResult.CheckKey(key);
        return new QueryUpload(key, body[ShareAt..].ToArray());
    }
}
