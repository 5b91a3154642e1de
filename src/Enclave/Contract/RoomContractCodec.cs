using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave.Contract;

/// <summary>A contract's bytes. Lengths are compared with what is there before anything is allocated; <see cref="RoomContractRules"/> check meaning.</summary>
internal static class RoomContractCodec
{
    private const int TextBytesMax = 1024, CountMax = 1 << 16, SourcesMax = 1 << 26;

    public static byte[] Write(RoomContract contract)
    {
        WireWriter to = new WireWriter().Int32(RoomContract.Format).Text(contract.Model)
            .Int32(contract.Slots).Int32(contract.Images).Int32(contract.Depth).Int32s(contract.Rotations.AsSpan());
        to.Int32(contract.Values.Length);
        foreach (RoomValue value in contract.Values) to.Int32(value.Elements).Int32(value.Exponent).Double(value.Scale).Double(value.Deviation);
        to.Int32(contract.Inputs.Length);
        foreach (RoomInput input in contract.Inputs)
            to.Text(input.Name).Int32(input.Elements).Int32s(input.Sources.AsSpan()).Int32(input.Value).Int32(input.Level);
        to.Int32(contract.Refreshes.Length);
        foreach (RoomRefresh refresh in contract.Refreshes)
            to.Text(refresh.Name).Int32s(refresh.Operands.AsSpan()).Int32(refresh.Window).Int32s(refresh.Sources.AsSpan())
                .Text(refresh.Function.Kinds).Floats([refresh.Function.Low, refresh.Function.High]).Int32s(refresh.Function.Exponents.AsSpan())
                .Int32(refresh.Output).Int32(refresh.Level);
        to.Int32(contract.Outputs.Length);
        foreach (RoomOutput output in contract.Outputs) to.Text(output.Name).Int32(output.Value).Int32(output.Level);
        return to.ToBytes();
    }

    public static RoomContract Read(ReadOnlySpan<byte> bytes)
    {
        WireReader from = new(bytes, "contract");
        int format = from.Int32(int.MinValue, int.MaxValue);
        if (format != RoomContract.Format)
            throw new RoomException(RoomFault.UnsupportedVersion, $"a contract of format {RoomContract.Format} is wanted, not {format}");
        string model = from.Text(TextBytesMax);
        int slots = Any(ref from), images = Any(ref from), depth = Any(ref from);
        ImmutableArray<int> rotations = Int32s(ref from, CountMax);
        RoomValue[] values = new RoomValue[from.Counted(CountMax, 24)];
        for (int i = 0; i < values.Length; i++) values[i] = new(Any(ref from), Any(ref from), from.Double(), from.Double());
        RoomInput[] inputs = new RoomInput[from.Counted(CountMax, 20)];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i] = new(from.Text(TextBytesMax), Any(ref from), Int32s(ref from, SourcesMax), Any(ref from), Any(ref from));
        RoomRefresh[] refreshes = new RoomRefresh[from.Counted(CountMax, 44)];
        for (int i = 0; i < refreshes.Length; i++) refreshes[i] = ReadRefresh(ref from);
        RoomOutput[] outputs = new RoomOutput[from.Counted(CountMax, 12)];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = new(from.Text(TextBytesMax), Any(ref from), Any(ref from));
        from.End();
        return new(model, slots, images, depth, rotations, [.. values], [.. inputs], [.. refreshes], [.. outputs]);
    }

    private static RoomRefresh ReadRefresh(ref WireReader from)
    {
        string name = from.Text(TextBytesMax);
        ImmutableArray<int> operands = Int32s(ref from, CountMax);
        int window = Any(ref from);
        ImmutableArray<int> sources = Int32s(ref from, SourcesMax);
        string kinds = from.Text(CountMax);
        float[] bounds = from.Floats(2);
        if (bounds.Length != 2) throw new RoomException(RoomFault.Malformed, $"contract: {bounds.Length} bounds of '{name}', not 2");
        ImmutableArray<int> exponents = Int32s(ref from, CountMax);
        return new(name, operands, window, sources, new(kinds, bounds[0], bounds[1], exponents), Any(ref from), Any(ref from));
    }

    private static int Any(ref WireReader from) => from.Int32(int.MinValue, int.MaxValue);

    private static ImmutableArray<int> Int32s(ref WireReader from, int max) => ImmutableCollectionsMarshal.AsImmutableArray(from.Int32s(max));
}
