using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// A program's bytes for a party that evaluates it without the key: layouts, steps, which diagonals have weights, and the weights themselves only where they
/// are public. How inputs are laid out, what refreshes do, and what outputs mean, it need not know, and is not told.
/// </summary>
public static class LeveledProgramFormat
{
    private const byte Version = 1, Square = 1, Linear = 2, Refresh = 3;
    private const int NameBytesMax = 4096, CountMax = 1 << 20, ElementsMax = 1 << 26, ExponentMax = 200, SlotsMax = 1 << 16, DepthMax = 64;

    /// <param name="withWeights">Whether the party may know the weights.</param>
    public static byte[] Write(LeveledProgram program, bool withWeights)
    {
        WireWriter to = new WireWriter().Byte(Version).Byte(withWeights ? (byte)1 : (byte)0).Text(program.Model)
            .Int32(program.Values[0].Layout.Slots).Int32(program.Images).Int32(program.Values.Length);
        foreach (LeveledValue value in program.Values)
            to.Text(value.Name).Int32(value.Layout.Elements).Int32(value.Depth).Int32(value.Exponent).Int32(value.ScaleBits);
        to.Int32s([.. program.Inputs.Select(input => input.Value)]).Int32s([.. program.Outputs.Select(output => output.Value)]).Int32(program.Steps.Length);
        foreach (LeveledStep step in program.Steps)
        {
            to.Text(step.Name).Int32(step.Output);
            if (step is LeveledSquare square) to.Byte(Square).Int32(square.Input);
            else if (step is LeveledRefresh refresh) to.Byte(Refresh).Int32s(refresh.Operands.AsSpan());
            else WriteLinear(to.Byte(Linear), (LeveledLinear)step, withWeights);
        }
        return to.ToBytes();
    }

    /// <summary>Reads what a model's owner sent.</summary>
    /// <exception cref="RoomException">Malformed or UnsupportedVersion.</exception>
    public static (LeveledProgram Program, bool HasWeights) Read(ReadOnlySpan<byte> bytes)
    {
        WireReader from = new(bytes, "program");
        if (from.Byte() is var version && version != Version) throw new RoomException(RoomFault.UnsupportedVersion, $"program: version {version}");
        bool hasWeights = from.Byte() == 1;
        string model = from.Text(NameBytesMax);
        int slots = from.Int32(2, SlotsMax), images = from.Int32(1, slots);
        Require(int.IsPow2(slots) && int.IsPow2(images), "slots and images that are powers of two");
        LeveledValue[] values = new LeveledValue[from.Counted(CountMax, 20)];
        Require(values.Length > 0, "values");
        for (int i = 0; i < values.Length; i++)
            values[i] = new(from.Text(NameBytesMax), new(slots, images, from.Int32(1, ElementsMax)), from.Int32(0, DepthMax),
                from.Int32(-ExponentMax, ExponentMax), from.Int32(0, ExponentMax));
        int[] inputs = Values(from.Int32s(CountMax), values), outputs = Values(from.Int32s(CountMax), values);
        LeveledStep[] steps = new LeveledStep[from.Counted(CountMax, 13)];
        for (int i = 0; i < steps.Length; i++) steps[i] = ReadStep(ref from, values, hasWeights);
        from.End();
        Order(inputs, outputs, steps, values.Length);
        return (new(model, InputCard.None, [.. inputs.Select(value => new LeveledInput(Port(value), value, []))], [.. values], [.. steps],
            [.. outputs.Select(value => new LeveledOutput(Port(value), value, new(PostOperationKind.None)))]), hasWeights);

        PlanPort Port(int value) => new(values[value].Name, [values[value].Layout.Elements]);
    }

    private static void WriteLinear(WireWriter to, LeveledLinear step, bool withWeights)
    {
        to.Byte(step.IsDivided ? (byte)1 : (byte)0).Floats(withWeights ? step.Bias : []).Int32(step.Terms.Length);
        foreach (LeveledTerm term in step.Terms)
        {
            to.Int32(term.Input).Int32(term.Baby).Int32(term.Matrix.Diagonals.Count);
            foreach ((DiagonalPlace place, float[] numbers) in term.Matrix.Diagonals)
                to.Int32(place.To).Int32(place.From).Int32(place.Shift).Floats(withWeights ? numbers : []);
        }
    }

    private static LeveledStep ReadStep(ref WireReader from, LeveledValue[] values, bool hasWeights)
    {
        string name = from.Text(NameBytesMax);
        int output = Value(ref from, values);
        switch (from.Byte())
        {
            case Square:
                int input = Value(ref from, values);
                Require(values[input].Layout == values[output].Layout, $"'{name}' to keep its layout");
                return new LeveledSquare(name, input, output);
            case Refresh:
                return new LeveledRefresh(name, [.. Values(from.Int32s(CountMax), values)], 1, [], LeveledFunction.Identity, output);
            case Linear:
                return ReadLinear(ref from, name, output, values, hasWeights);
            default:
                throw new RoomException(RoomFault.Malformed, $"program: step '{name}' is of an unknown kind");
        }
    }

    private static LeveledLinear ReadLinear(ref WireReader from, string name, int output, LeveledValue[] values, bool hasWeights)
    {
        SlotLayout to = values[output].Layout;
        bool divided = from.Byte() == 1;
        float[] bias = from.Floats(ElementsMax);
        Require(bias.Length == (hasWeights ? to.Elements : 0), $"a bias of '{name}'");
        LeveledTerm[] terms = new LeveledTerm[from.Counted(CountMax, 12)];
        for (int t = 0; t < terms.Length; t++)
        {
            int input = Value(ref from, values), baby = from.Int32(1, SlotsMax);
            SlotLayout operand = values[input].Layout;
            Require(int.IsPow2(baby), $"rotations of '{name}'");
            KeyValuePair<DiagonalPlace, float[]>[] diagonals = new KeyValuePair<DiagonalPlace, float[]>[from.Counted(CountMax, 16)];
            for (int d = 0; d < diagonals.Length; d++)
            {
                DiagonalPlace place = new(from.Int32(0, to.Blocks - 1), from.Int32(0, operand.Blocks - 1),
                    from.Int32(0, Math.Min(operand.Period, to.Period) - 1));
                float[] numbers = from.Floats(SlotsMax);
                Require(numbers.Length == (hasWeights ? Math.Max(operand.Period, to.Period) : 0), $"weights of '{name}'");
                diagonals[d] = new(place, numbers);
            }
            Require(diagonals.DistinctBy(diagonal => diagonal.Key).Count() == diagonals.Length, $"each diagonal of '{name}' once");
            terms[t] = new(input, DiagonalMatrix.Of(operand, to, diagonals), baby);
        }
        Require(terms.Length > 0, $"terms of '{name}'");
        return new(name, [.. terms], bias, output, divided);
    }

    /// <summary>Every value is written once, before it is read.</summary>
    private static void Order(int[] inputs, int[] outputs, LeveledStep[] steps, int values)
    {
        bool[] written = new bool[values];
        foreach (int input in inputs) Write(input);
        foreach (LeveledStep step in steps)
        {
            Require(step.Reads.Any() && step.Reads.All(read => written[read]), $"'{step.Name}' to read what is written");
            Write(step.Output);
        }
        Require(inputs.Length > 0 && outputs.Length > 0 && outputs.All(output => written[output]), "inputs, and outputs that are written");

        void Write(int value)
        {
            Require(!written[value], "every value to be written once");
            written[value] = true;
        }
    }

    private static int Value(ref WireReader from, LeveledValue[] values) => from.Int32(0, values.Length - 1);

    private static int[] Values(int[] indices, LeveledValue[] values)
    {
        Require(indices.All(index => (uint)index < (uint)values.Length), "values that exist");
        return indices;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new RoomException(RoomFault.Malformed, $"program: needs {what}");
    }
}
