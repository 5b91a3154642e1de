using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Contract;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>What a program says to the room of the enclave: made by the model's owner, compared by everybody.</summary>
public static class RoomContracts
{
    /// <param name="encryptedWeights">Whether the host evaluates with weights that the room encrypted.</param>
    public static RoomContract Of(LeveledProgram program, bool encryptedWeights)
    {
        CkksParameters parameters = LeveledParameters.Of(program.Depth);
        LeveledNoise noise = new(parameters, program, encryptedWeights);
        LeveledScales scales = new(parameters, program);
        int[] values = Values(program);
        return new(program.Model, parameters.Slots, program.Images, program.Depth, [.. program.Rotations],
            [.. values.Select(value => new RoomValue(program.Values[value].Layout.Elements, program.Values[value].Exponent, scales.Of(value),
                LeveledWire.Declared(noise[value].Max(block => block.Deviation))))],
            [.. program.Inputs.Select(input => new RoomInput(input.Port.Name, FloatTensor.Count(input.Port.Shape),
                [.. input.Sources], Room(input.Value), program.LevelOf(input.Value)))],
            [.. program.Steps.OfType<LeveledRefresh>().Select(step => new RoomRefresh(
                step.Name, [.. step.Operands.Select(Room)], step.Window, [.. step.Sources],
                new(step.Function.Kinds, step.Function.Low, step.Function.High, step.Function.Exponents), Room(step.Output), program.LevelOf(step.Output)))],
            [.. program.Outputs.Select(output => new RoomOutput(output.Port.Name, Room(output.Value), program.LevelOf(output.Value)))]);

        int Room(int value) => Array.IndexOf(values, value);
    }

    /// <summary>The program's values that the room writes or reads, in the order of the contract's.</summary>
    internal static int[] Values(LeveledProgram program) =>
        [.. program.Inputs.Select(input => input.Value)
            .Concat(program.Steps.OfType<LeveledRefresh>().SelectMany(step => step.Operands.Append(step.Output)))
            .Concat(program.Outputs.Select(output => output.Value)).Distinct()];
}
