using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>
/// What a step needs of a source, and what a dealer sends for it: public, a function of the plan. Steps ask in the plan's order, and each shape is
/// served once.
/// </summary>
internal abstract record CorrelationShape
{
    /// <summary>Payload bytes from a dealer to the second server; the first has a seed.</summary>
    public abstract int CorrectionBytes { get; }

    /// <summary>Payload bytes from a dealer to both servers alike.</summary>
    public virtual int CommonBytes => 0;
}

/// <summary>A uniform mask modulo 2^32 under which a tensor is opened.</summary>
internal sealed record MaskShape(int Tensor, int Elements) : CorrelationShape
{
    public override int CorrectionBytes => 0;
}

/// <summary>Of a linear step the sum over its convolutions of mask of the input times mask of the weights, modulo 2^32.</summary>
internal sealed record ProductShape(int Step, int Elements) : CorrelationShape
{
    public override int CorrectionBytes => checked(sizeof(uint) * Elements);
}

/// <summary>What a protocol of a client and a server prepares at either; no dealer's.</summary>
internal sealed record TransferShape(StepProtocol Protocol) : CorrelationShape
{
    public override int CorrectionBytes => 0;
}

/// <summary>One server's part of it.</summary>
/// <param name="Party">Who this server is in the protocol.</param>
internal sealed record TransferMaterial(Party Party, object? Prepared);

/// <summary>Masks of numbers modulo 2^RingBits, and what lifts numbers so opened to 2^OutputBits.</summary>
internal sealed record WideningShape(int Elements, int RingBits, bool Squares) : CorrelationShape
{
    public override int CorrectionBytes =>
        checked(Bytes(Elements, RingBits, 32) + (Squares ? 2 * sizeof(uint) * Elements : 0));

    internal static int Bytes(int elements, int ringBits, int outputBits) =>
        outputBits > ringBits ? 2 * BitPacking.PackedBytes(elements, outputBits - ringBits) : 0;
}

/// <summary>How servers compare.</summary>
internal enum ComparisonMethod
{
    /// <summary>Shared tables of digits and a tree of products.</summary>
    Tables,
    /// <summary>Distributed comparison functions.</summary>
    Functions,
    /// <summary>A parallel prefix adder on the bits of both shares, as in Sonic: a yardstick.</summary>
    Prefix,
    /// <summary>Oblivious transfer between the servers, without a dealer: by <see cref="TransferShape"/>, no selection's.</summary>
    Transfers,
}

/// <summary>
/// Numbers x modulo 2^RingBits that are compared with public thresholds T and selected: for each threshold [x >= T] (x - T) modulo 2^OutputBits, and
/// with a payload j modulo 2^RingBits also [x >= T] j.
/// </summary>
/// <param name="DroppedBits">Low bits that the comparison leaves out.</param>
internal sealed record SelectionShape(
    ComparisonMethod Method, int Elements, int RingBits, int OutputBits, int Thresholds, int DroppedBits, bool HasPayload) : CorrelationShape
{
    /// <summary>With a prefix adder in 32 bits: most low bits that the results lose (<see cref="Protocols.TruncatingRelu"/>).</summary>
    public int TruncatedBits { get; init; }

    /// <summary>How the compared bits are cut into digits.</summary>
    public DigitTree Tree { get; } = new(RingBits - 1 - DroppedBits);

    public bool ByTables => Method == ComparisonMethod.Tables;

    public bool ByPrefix => Method == ComparisonMethod.Prefix;

    /// <summary>Functions that the last opening may choose: four where it ends a tree, else one.</summary>
    public int Cases => ByTables && Tree.Levels.Length > 0 ? 4 : 1;

    /// <summary>Bits of an element and threshold in the last opening.</summary>
    public int LastBits => Cases == 4 ? 3 : 1;

    /// <summary>Words of one bit of every element.</summary>
    public int Words => BitPlanes.PlaneWords(Elements);

    /// <summary>Words of one bit of every element and threshold.</summary>
    public int PlaneWords => Thresholds * Words;

    /// <summary>Whether results have more bits than numbers.</summary>
    public bool Widens => OutputBits > RingBits;

    /// <summary>Levels of the tree before the last, whose products are part of the selection.</summary>
    public int InnerLevels => ByTables ? Math.Max(0, Tree.Levels.Length - 1) : 0;

    /// <summary>Bits of a digit's table: less-than for every value of the digit, then equality except in the lowest digit.</summary>
    public int TableBits(int digit) => DigitTree.LeafBits(digit) << Tree.DigitBits[digit];

    public override int CorrectionBytes
    {
        get
        {
            if (ByPrefix) return checked((int)PrefixLayout.Of(this).CorrectionBytes);
            long bytes = WideningShape.Bytes(Elements, RingBits, OutputBits);
            if (ByTables)
            {
                for (int digit = 0; digit < Tree.DigitBits.Length; digit++) bytes += BitPacking.PackedBytes(Elements, TableBits(digit));
                for (int level = 0; level < InnerLevels; level++)
                    foreach (DigitTree.Node node in Tree.Levels[level]) bytes += (node.KeepsEquality ? 2L : 1) * PlaneWords * sizeof(ulong);
            }
            long one = 2L * BitPacking.PackedBytes(Elements, OutputBits)
                + (Widens ? BitPacking.PackedBytes(Elements, OutputBits - RingBits) : 0)
                + (HasPayload ? BitPacking.PackedBytes(Elements, RingBits) : 0);
            return checked((int)(bytes + Thresholds * Cases * one));
        }
    }

    public override int CommonBytes => Method != ComparisonMethod.Functions ? 0 : ComparisonKeys.Bytes(Tree.Bits, Elements);
}
