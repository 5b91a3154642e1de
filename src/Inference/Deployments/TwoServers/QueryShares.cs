using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>
/// The client's part, all of it: it splits an input, may then go away, and later adds two result shares. The first server gets a seed of 32 bytes, the
/// second the difference, 4 bytes an element; either alone is uniform.
/// </summary>
internal static class QueryShares
{
    /// <summary>Bytes of the second server's upload.</summary>
    public static int DifferenceBytes(InferencePlan plan) => checked(sizeof(uint) * InputElements(plan).Sum());

    /// <summary>Bytes of a server's result.</summary>
    public static int ResultBytes(InferencePlan plan) => Outputs(plan).Sum(tensor => BitPacking.PackedBytes(tensor.Elements, tensor.RingBits));

    /// <summary>The second server's upload for a query whose other share is the seed.</summary>
    /// <param name="seed">Uniform, <see cref="DealtStream.SeedBytes"/> long, used for nothing else.</param>
    public static byte[] Split(InferencePlan plan, FloatTensor[] inputs, ReadOnlySpan<byte> seed)
    {
        byte[] message = new byte[DifferenceBytes(plan)];
        Span<uint> difference = MemoryMarshal.Cast<byte, uint>(message.AsSpan());
        int at = 0;
        foreach ((uint[] encoded, uint[] share) in Rows.Encode(plan, [inputs]).Zip(First(plan, seed)))
            for (int i = 0; i < share.Length; i++) difference[at++] = encoded[i] - share[i];
        return message;
    }

    /// <summary>
    /// The first server's share of each input, one after the other in the standard counter mode's key stream, little-endian: so a browser makes it with one
    /// call of its own.
    /// </summary>
    public static ImmutableArray<uint[]> First(InferencePlan plan, ReadOnlySpan<byte> seed)
    {
        Span<byte> key = stackalloc byte[Prg.SeedBytes];
        Prg.DeriveSeed(seed, "input share", [], key);
        byte[] stream = new byte[DifferenceBytes(plan)];
        StandardCounterMode.Fill(key, stream);
        CryptographicOperations.ZeroMemory(key);
        return Second(plan, stream);
    }

    /// <summary>The second server's share of each input.</summary>
    /// <exception cref="ProtocolException">The upload has another length than the plan says.</exception>
    public static ImmutableArray<uint[]> Second(InferencePlan plan, ReadOnlySpan<byte> upload)
    {
        if (upload.Length != DifferenceBytes(plan))
            throw new ProtocolException(PeerFault.WrongLength, "input share", $"{upload.Length} bytes where the plan calls for {DifferenceBytes(plan)}");
        ReadOnlySpan<uint> numbers = MemoryMarshal.Cast<byte, uint>(upload);
        ImmutableArray<uint[]>.Builder shares = ImmutableArray.CreateBuilder<uint[]>();
        foreach (int elements in InputElements(plan))
        {
            shares.Add(numbers[..elements].ToArray());
            numbers = numbers[elements..];
        }
        return shares.DrainToImmutable();
    }

    /// <summary>A server's result as the client collects it.</summary>
    public static byte[] PackResult(InferencePlan plan, ImmutableArray<uint[]> shares)
    {
        byte[] message = new byte[ResultBytes(plan)];
        int at = 0;
        foreach ((PlanTensor tensor, uint[] share) in Outputs(plan).Zip(shares))
        {
            int bytes = BitPacking.PackedBytes(tensor.Elements, tensor.RingBits);
            BitPacking.Pack<uint>(share, tensor.RingBits, message.AsSpan(at, bytes));
            at += bytes;
        }
        return message;
    }

    /// <summary>Both servers' results together: each output, decoded, after the client's post-operations.</summary>
    /// <exception cref="ProtocolException">A result has another length, or bits after its last number.</exception>
    public static FloatTensor[] Join(InferencePlan plan, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (first.Length != ResultBytes(plan) || second.Length != ResultBytes(plan))
            throw new ProtocolException(PeerFault.WrongLength, "result share", $"a share has not {ResultBytes(plan)} bytes");
        FloatTensor[] outputs = new FloatTensor[plan.Outputs.Length];
        int at = 0, output = 0;
        foreach (PlanTensor tensor in Outputs(plan))
        {
            int bytes = BitPacking.PackedBytes(tensor.Elements, tensor.RingBits);
            uint[] mine = new uint[tensor.Elements], theirs = new uint[tensor.Elements];
            Wire.Unpack(first.Slice(at, bytes), tensor.RingBits, mine.AsSpan(), "result share");
            Wire.Unpack(second.Slice(at, bytes), tensor.RingBits, theirs.AsSpan(), "result share");
            int[] opened = new int[tensor.Elements];
            for (int i = 0; i < opened.Length; i++) opened[i] = Ring.Signed(mine[i] + theirs[i], tensor.RingBits);
            outputs[output] = new FloatTensor(plan.Outputs[output].Shape, ClientCodec.Decode(plan, output, opened));
            at += bytes;
            output++;
        }
        return outputs;
    }

    private static IEnumerable<int> InputElements(InferencePlan plan) =>
        plan.Steps.OfType<InputStep>().OrderBy(step => step.InputIndex).Select(step => plan.Tensors[step.Output].Elements);

    private static IEnumerable<PlanTensor> Outputs(InferencePlan plan) =>
        plan.Steps.OfType<OutputStep>().OrderBy(step => step.OutputIndex).Select(step => plan.Tensors[step.Input]);
}
