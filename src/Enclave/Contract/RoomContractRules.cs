using Blindsight.Arithmetic;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Contract;

/// <summary>What a contract must be so that nothing that follows it can fail, or take more than the limits.</summary>
internal static class RoomContractRules
{
    private const int DepthMax = 32, ElementsMax = 1 << 24, NumbersMax = 1 << 28, ExponentMax = 100;
    private const int WindowMax = 1 << 12, SquareExponentMax = 32, PortsMax = 64, OperandsMax = 256;

    /// <exception cref="ParameterException">What is missing.</exception>
    public static void Check(RoomContract contract)
    {
        Require(contract.Depth is >= 1 and <= DepthMax, $"a depth of 1 to {DepthMax}");
        CkksParameters parameters = LeveledParameters.Of(contract.Depth);
        Require(contract.Slots == parameters.Slots, $"{parameters.Slots} slots, which its depth has");
        Require(int.IsPow2(contract.Images) && contract.Images <= contract.Slots, "a number of images that is a power of two and fits the slots");
        for (int i = 0; i < contract.Rotations.Length; i++)
            Require(contract.Rotations[i] > (i == 0 ? 0 : contract.Rotations[i - 1]) && contract.Rotations[i] < contract.Slots, "rotations in order");
        foreach (RoomValue value in contract.Values)
            Require(value.Elements is >= 1 and <= ElementsMax && (long)value.Elements * contract.Images <= NumbersMax
                && Math.Abs((long)value.Exponent) <= ExponentMax && value.Scale >= 1 && value.Deviation >= 0,
                "values of elements, sizes and scales that can be");
        Require(contract.Inputs.Length is >= 1 and <= PortsMax && contract.Outputs.Length is >= 1 and <= PortsMax, "inputs and outputs");
        bool[] written = new bool[contract.Values.Length];
        foreach (RoomInput input in contract.Inputs)
        {
            Written(contract, parameters, written, input.Name, input.Value, input.Level);
            Require(input.Elements is >= 1 and <= ElementsMax, $"elements of '{input.Name}'");
            Sources(input.Name, input.Sources.AsSpan(), contract.Values[input.Value].Elements, input.Elements);
        }
        foreach (RoomRefresh refresh in contract.Refreshes) Refresh(contract, parameters, written, refresh);
        foreach (RoomOutput output in contract.Outputs) Read(contract, parameters, output.Name, output.Value, output.Level);
    }

    private static void Refresh(RoomContract contract, CkksParameters parameters, bool[] written, RoomRefresh refresh)
    {
        Require(refresh.Operands.Length is >= 1 and <= OperandsMax && refresh.Window is >= 1 and <= WindowMax, $"operands and a window of '{refresh.Name}'");
        long elements = 0;
        foreach (int operand in refresh.Operands)
        {
            Read(contract, parameters, refresh.Name, operand, level: 1);
            elements += contract.Values[operand].Elements;
        }
        Written(contract, parameters, written, refresh.Name, refresh.Output, refresh.Level);
        int outputs = contract.Values[refresh.Output].Elements;
        Sources(refresh.Name, refresh.Sources.AsSpan(), (long)refresh.Window * outputs, elements);
        RoomFunction function = refresh.Function;
        Require(function.Kinds.Length >= 1 && outputs % function.Kinds.Length == 0 && function.Exponents.Length == function.Kinds.Length
            && function.Kinds.All(kind => kind is RoomFunction.Clamp or RoomFunction.Square or RoomFunction.NegatedSquare or RoomFunction.Identity
                or RoomFunction.Constant)
            && function.Exponents.All(exponent => exponent is >= -SquareExponentMax and <= SquareExponentMax) && function.Low <= function.High,
            $"a function for each channel of '{refresh.Name}'");
    }

    private static void Written(RoomContract contract, CkksParameters parameters, bool[] written, string name, int value, int level)
    {
        Read(contract, parameters, name, value, level);
        Require(!written[value], $"'{name}' to write a value of its own");
        written[value] = true;
    }

    private static void Read(RoomContract contract, CkksParameters parameters, string name, int value, int level)
    {
        Require((uint)value < (uint)contract.Values.Length && level >= 1 && level <= parameters.Levels, $"'{name}' of a value and a level that exist");
        RoomValue read = contract.Values[value];
        new CkksEstimate(RoomContract.Magnitude, read.Deviation).CheckFit(parameters, level, read.Scale);
    }

    private static void Sources(string name, ReadOnlySpan<int> sources, long count, long elements)
    {
        Require(sources.Length == count, $"{count} sources of '{name}'");
        foreach (int source in sources) Require(source >= RoomContract.Nothing && source < elements, $"sources of '{name}' that exist");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new ParameterException($"contract: needs {what}");
    }
}
