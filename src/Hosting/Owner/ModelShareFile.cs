using System.Buffers.Binary;
using System.Security.Cryptography;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Files;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Hosting.Owner;

/// <summary>
/// One server's share of a model, as its owner hands it over: the plan, the identifier of the split that both shares came from, and a seed of 32 bytes
/// (the first server's) or the differences, 4 bytes a number (the second's). A header of 44 bytes (magic, version, party, split, lengths), plan,
/// share, and SHA-256 of all before. Every length is checked against the file's before anything is allocated.
/// </summary>
public sealed class ModelShareFile
{
    private const int Version = 1, SplitBytes = 16, HeaderBytes = 44, CheckBytes = SHA256.HashSizeInBytes;
    private const int VersionAt = 8, PartyAt = 12, SplitAt = 16, PlanAt = 32, ShareAt = 36;

    private ModelShareFile(ServerRole role, byte[] split, InferencePlan plan, WeightTensors weights) =>
        (Role, Split, Plan, Weights) = (role, split, plan, weights);

    private static ReadOnlySpan<byte> Magic => "BSshare\0"u8;

    /// <summary>Whose share it is.</summary>
    public ServerRole Role { get; }

    /// <summary>What both servers run.</summary>
    public InferencePlan Plan { get; }

    /// <summary>16 bytes, random, the same in both files of one split and in no other.</summary>
    public ReadOnlyMemory<byte> Split { get; }

    internal WeightTensors Weights { get; }

    /// <summary>The owner's work: splits a model and writes both files, each readable by its owner alone. Nothing else remains.</summary>
    /// <exception cref="ParameterException">The plan is for another deployment.</exception>
    public static void Write(QuantizedModel model, string first, string second)
    {
        if (model.Plan.Deployment != DeploymentKinds.TwoServers)
            throw new ParameterException($"the plan is for {model.Plan.Deployment}; weights are split for {DeploymentKinds.TwoServers} only");
        byte[] split = RandomNumberGenerator.GetBytes(SplitBytes), seed = RandomNumberGenerator.GetBytes(DealtStream.SeedBytes);
        byte[] plan = PlanSerializer.Serialize(model.Plan);
        WeightTensors differences = ModelShares.Second(model, seed);
        WriteOne(second, ServerRole.Second, split, plan, WeightTensors.Bytes(model.Plan), stream => differences.Write(model.Plan, stream));
        WriteOne(first, ServerRole.First, split, plan, seed.Length, stream => stream.Write(seed));
        CryptographicOperations.ZeroMemory(seed);
    }

    /// <summary>Reads one server's file.</summary>
    /// <exception cref="ParameterException">Not such a file, another version or party, damaged, or not of the lengths that its plan says.</exception>
    public static ModelShareFile Read(string path, ServerRole role)
    {
        if (!File.Exists(path)) throw new ParameterException($"there is no share of a model at '{path}'");
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header[..Magic.Length].SequenceEqual(Magic))
            throw new ParameterException($"{path} is not a model's share; 'blindsight split' makes them");
        int version = BinaryPrimitives.ReadInt32LittleEndian(header[VersionAt..]);
        if (version != Version) throw new ParameterException($"{path} has version {version} of the format; this program reads version {Version}");
        int party = BinaryPrimitives.ReadInt32LittleEndian(header[PartyAt..]);
        if (party != role.Letter()) throw new ParameterException($"{path} is not the share of party {role.Letter()}: give each server its own file");
        int planBytes = BinaryPrimitives.ReadInt32LittleEndian(header[PlanAt..]);
        long shareBytes = BinaryPrimitives.ReadInt64LittleEndian(header[ShareAt..]);
        if (planBytes is < 1 or > PlanSerializer.MaxBytes || shareBytes < 0 || file.Length != (decimal)HeaderBytes + planBytes + shareBytes + CheckBytes)
            throw new ParameterException($"{path} is cut off or damaged: its length is not what its header says");
        Check(file, path);
        byte[] split = header.Slice(SplitAt, SplitBytes).ToArray(), text = new byte[planBytes];
        file.Position = HeaderBytes;
        file.ReadExactly(text);
        InferencePlan plan = PlanSerializer.Deserialize(text);
        if (plan.Deployment != DeploymentKinds.TwoServers) throw new ParameterException($"the plan in {path} is for {plan.Deployment}");
        long expected = role == ServerRole.First ? DealtStream.SeedBytes : WeightTensors.Bytes(plan);
        if (shareBytes != expected) throw new ParameterException($"{path} holds {shareBytes} bytes of shares where its plan calls for {expected}");
        return new ModelShareFile(role, split, plan, Weights(file, plan, role));

        static WeightTensors Weights(FileStream file, InferencePlan plan, ServerRole role)
        {
            if (role == ServerRole.Second) return WeightTensors.Read(plan, file);
            Span<byte> seed = stackalloc byte[DealtStream.SeedBytes];
            file.ReadExactly(seed);
            return ModelShares.First(plan, seed);
        }
    }

    private static void WriteOne(string path, ServerRole role, byte[] split, byte[] plan, long shareBytes, Action<Stream> share)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(VersionAt), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(PartyAt), role.Letter());
        split.CopyTo(header, SplitAt);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(PlanAt), plan.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(ShareAt), shareBytes);
        PrivateFile.Write(path, file =>
        {
            using SHA256 hash = SHA256.Create();
            using (CryptoStream hashed = new(file, hash, CryptoStreamMode.Write, leaveOpen: true))
            {
                hashed.Write(header);
                hashed.Write(plan);
                share(hashed);
            }
            file.Write(hash.Hash);
        });
    }

    /// <summary>Compares the sum at the end with that of all before.</summary>
    private static void Check(FileStream file, string path)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16], check = new byte[CheckBytes];
        file.Position = 0;
        for (long left = file.Length - CheckBytes; left > 0;)
        {
            int bytes = (int)Math.Min(left, buffer.Length);
            file.ReadExactly(buffer, 0, bytes);
            hash.AppendData(buffer, 0, bytes);
            left -= bytes;
        }
        file.ReadExactly(check);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(check)) throw new ParameterException($"{path} is damaged: its check sum is not that of its content");
    }
}
