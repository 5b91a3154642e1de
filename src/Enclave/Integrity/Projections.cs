using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Wire;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Integrity;

/// <summary>
/// Whether what the room decrypts is what the model makes of what the room encrypted before: for secret vectors r, drawn once for each value that it reads,
/// r . y = (r^T W) . x + r . b, up to a tolerance t. A secret of the model's owner and the room; the host must not learn it.
/// </summary>
/// <remarks>
/// <para>Source: Freivalds, "Probabilistic Machines Can Use Less Running Time" (1977), over numbers with errors.</para>
/// <para>Soundness. Let d be how far y is from W x + b, whatever the reason, and D the most of any |d[e]|. Elements of r are independent and uniform on a
/// grid of 2^32 numbers from -1 to 1. With all of r but r[e] given, r . d is within t for at most a fraction t / D + 2^-32 of the values of r[e]; so with k
/// vectors it passes with probability at most (t / D + 2^-32)^k. With k = <see cref="Rows"/>: 2^-40 for D = 16 t, 2^-60 for D = 64 t. Less than t may pass:
/// so much of every element is not defended, and noise of honest evaluations is of that size. Because a failed check ends everything that the projections are
/// for, a host that submits m times, adapting, passes with something wrong with at most m times that probability.</para>
/// <para>Completeness: t is <see cref="ToleranceDeviations"/> deviations of r . noise as the contract's bounds have it, and the rounding of doubles.</para>
/// </remarks>
public sealed class Projections
{
    /// <summary>k: how many vectors there are for each value.</summary>
    public const int Rows = 10;

    /// <summary>An honest evaluation fails with probability below 2^-180, were its noise normal and as large as its bound.</summary>
    private const double ToleranceDeviations = 16;

    /// <summary>Rounding of doubles on the way, of numbers of magnitude 1: of the embedding, and of sums.</summary>
    private const double RoundingError = 4 * CkksEstimate.FloatingError;

    private const int ElementsMax = 1 << 28;

    private readonly ImmutableDictionary<int, Projection> _values;

    private Projections(ImmutableDictionary<int, Projection> values) => _values = values;

    /// <summary>What a value that the room reads is made of.</summary>
    /// <param name="Vectors">r, row by row; <see cref="Rows"/> of them.</param>
    /// <param name="Sources">Values that the room wrote, and for each r^T W, row by row, in units of slots.</param>
    /// <param name="Constants">r . b for each row.</param>
    private sealed record Projection(double[] Vectors, ImmutableArray<(int Value, double[] Rows)> Sources, double[] Constants);

    /// <summary>The vectors r of a value, row by row.</summary>
    /// <param name="seed">Of <see cref="Prg.SeedBytes"/>.</param>
    public static double[] Vectors(ReadOnlySpan<byte> seed, int value, int elements)
    {
        double[] vectors = new double[Rows * elements];
        uint[] drawn = new uint[vectors.Length];
        using (Prg prg = Prg.Derive(seed, "projection", (ulong)value)) prg.Fill(drawn.AsSpan());
        for (int i = 0; i < vectors.Length; i++) vectors[i] = Math.ScaleB(2.0 * drawn[i] + 1, -32) - 1;
        return vectors;
    }

    /// <summary>How far r . y may be from what it should be.</summary>
    public static double Tolerance(RoomContract contract, int value)
    {
        RoomValue read = contract.Values[value];
        double deviation = Math.Sqrt(contract.Slots) * read.Deviation / read.Scale;
        return Math.Sqrt(read.Elements) * (ToleranceDeviations * deviation + RoundingError);
    }

    /// <summary>The bytes of projections.</summary>
    /// <param name="values">For each value that the room reads: of which written values it is made, r^T W for each, and r . b.</param>
    public static byte[] Write(ReadOnlySpan<byte> seed, IReadOnlyDictionary<int, (IReadOnlyDictionary<int, double[]> Sources, double[] Constants)> values)
    {
        WireWriter to = new WireWriter().Bytes(seed).Int32(values.Count);
        foreach ((int value, (IReadOnlyDictionary<int, double[]> sources, double[] constants)) in values.OrderBy(entry => entry.Key))
        {
            to.Int32(value).Raw(MemoryMarshal.AsBytes(constants.AsSpan())).Int32(sources.Count);
            foreach ((int source, double[] rows) in sources.OrderBy(entry => entry.Key)) to.Int32(source).Raw(MemoryMarshal.AsBytes(rows.AsSpan()));
        }
        return to.ToBytes();
    }

    /// <summary>Reads projections that belong to a contract.</summary>
    /// <exception cref="RoomException">Malformed: not the values that the contract reads, or of other sizes.</exception>
    public static Projections Read(ReadOnlySpan<byte> bytes, RoomContract contract)
    {
        WireReader from = new(bytes, "projections");
        byte[] seed = from.Bytes(Prg.SeedBytes).ToArray();
        int[] reads =
            [.. contract.Refreshes.SelectMany(refresh => refresh.Operands).Concat(contract.Outputs.Select(output => output.Value)).Distinct().Order()];
        int count = from.Counted(contract.Values.Length, Rows * sizeof(double));
        if (seed.Length != Prg.SeedBytes || count != reads.Length)
            throw new RoomException(RoomFault.Malformed, $"projections: a seed and {reads.Length} values are wanted, not {count}");
        HashSet<int> written = [.. contract.Inputs.Select(input => input.Value).Concat(contract.Refreshes.Select(refresh => refresh.Output))];
        var values = ImmutableDictionary.CreateBuilder<int, Projection>();
        foreach (int read in reads)
        {
            int value = from.Int32(read, read);
            double[] constants = Numbers(ref from, 1);
            var sources = new (int, double[])[from.Counted(written.Count, Rows * sizeof(double))];
            for (int i = 0; i < sources.Length; i++)
            {
                int source = from.Int32(0, contract.Values.Length - 1);
                if (!written.Contains(source)) throw new RoomException(RoomFault.Malformed, $"projections: the room does not write value {source}");
                sources[i] = (source, Numbers(ref from, contract.Values[source].Elements));
            }
            values[value] = new(Vectors(seed, value, contract.Values[value].Elements), [.. sources], constants);
        }
        from.End();
        return new(values.ToImmutable());
    }

    /// <summary>Checks a value that was decrypted.</summary>
    /// <param name="name">Of the step, for the refusal.</param>
    /// <param name="numbers">Element by element, image by image, as in slots.</param>
    /// <param name="written">What the room wrote, by value, likewise; null for what it has not.</param>
    /// <exception cref="RoomException">IntegrityRefused.</exception>
    public void Check(RoomContract contract, int value, string name, ReadOnlySpan<double> numbers, ReadOnlySpan<double[]?> written)
    {
        Projection projection = _values[value];
        double[] sums = new double[Rows * contract.Images];
        for (int row = 0; row < Rows; row++) sums.AsSpan(row * contract.Images, contract.Images).Fill(-projection.Constants[row]);
        ProjectionSums.Add(projection.Vectors, numbers, contract.Images, 1, sums);
        foreach ((int source, double[] rows) in projection.Sources)
            ProjectionSums.Add(rows, written[source]
                ?? throw new RoomException(RoomFault.StepOutOfOrder, $"'{name}' comes before what it is made of"), contract.Images, -1, sums);
        double largest = 0;
        foreach (double sum in sums) largest = double.MaxNative(largest, Math.Abs(sum));
        if (!(largest <= Tolerance(contract, value)))
            throw new RoomException(RoomFault.IntegrityRefused, $"'{name}': what was submitted is not what the model makes of what the room encrypted");
    }

    private static double[] Numbers(ref WireReader from, int elements)
    {
        if ((long)Rows * elements > ElementsMax) throw new RoomException(RoomFault.Malformed, $"projections: {elements} elements are too many");
        double[] numbers = MemoryMarshal.Cast<byte, double>(from.Take(Rows * elements * sizeof(double))).ToArray();
        foreach (double number in numbers)
            if (!double.IsFinite(number)) throw new RoomException(RoomFault.Malformed, "projections: a number is not finite");
        return numbers;
    }
}
