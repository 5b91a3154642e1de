using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <summary>What the owner of the key learns of a program, all of it public: how inputs are laid out, which keys are needed, how outputs are read.</summary>
/// <param name="Slots">Of a ciphertext.</param>
/// <param name="Images">Of one evaluation.</param>
/// <param name="Depth">Multiplications one after the other, from which the parameters follow.</param>
/// <param name="Rotations">In slots, ascending.</param>
/// <param name="Steps">Told as they are done.</param>
public sealed record LeveledContract(
    int Format, string Model, InputCard Card, int Slots, int Images, int Depth, ImmutableArray<int> Rotations, ImmutableArray<ContractStep> Steps,
    ImmutableArray<ContractInput> Inputs, ImmutableArray<ContractOutput> Outputs)
{
    /// <summary>Version of this format; others are refused by name.</summary>
    public const int CurrentFormat = 1;

    private const int ElementsMax = 1 << 26, DepthMax = 64, ExponentMax = 100, PortsMax = 64, StepsMax = 1 << 16;

    /// <summary>Of a program.</summary>
    public static LeveledContract Of(LeveledProgram program) => new(
        CurrentFormat, program.Model, program.Card, program.Values[0].Layout.Slots, program.Images, program.Depth, [.. program.Rotations],
        [.. program.Steps.Select(step => ContractStep.Of(program, step))],
        [.. program.Inputs.Select(input => new ContractInput(input.Port, [.. input.Sources], program.Values[input.Value].Exponent))],
        [.. program.Outputs.Select(output => ContractOutput.Of(output, program.Values[output.Value]))]);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LeveledJson.Default.LeveledContract);

    /// <summary>Reads what a peer sent.</summary>
    /// <exception cref="ParameterException">It is no contract, or one that nothing could be computed by.</exception>
    public static LeveledContract FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            LeveledContract contract = JsonSerializer.Deserialize(json, LeveledJson.Default.LeveledContract)
                ?? throw new ParameterException("contract: nothing");
            contract.Check();
            return contract;
        }
        catch (JsonException malformed)
        {
            throw new ParameterException($"contract: {malformed.Message}");
        }
    }

    /// <summary>Layout of an input.</summary>
    public SlotLayout LayoutOf(ContractInput input) => new(Slots, Images, input.Sources.Length);

    /// <summary>Layout of an output.</summary>
    public SlotLayout LayoutOf(ContractOutput output) => new(Slots, Images, output.Elements);

    private void Check()
    {
        Require(Format == CurrentFormat, $"format {CurrentFormat}, not {Format}");
        Require(Slots is >= 2 and <= 1 << 16 && int.IsPow2(Slots) && Images >= 1 && Images <= Slots && int.IsPow2(Images),
            "slots and images that are powers of two");
        Require(Depth is >= 1 and <= DepthMax, $"a depth of 1 to {DepthMax}");
        Require(!Rotations.IsDefault && Rotations.All(step => step > 0 && step < Slots) && Rotations.SequenceEqual(Rotations.Distinct().Order()),
            "rotations in order");
        Require(Steps is { IsDefault: false, Length: <= StepsMax }
            && Steps.All(step => step is { Kind: ContractStep.Linear or ContractStep.Square or ContractStep.Refresh, Work: >= 0 })
            && Inputs is { IsDefault: false, Length: >= 1 and <= PortsMax }
            && Outputs is { IsDefault: false, Length: >= 1 and <= PortsMax }, "steps, inputs and outputs");
        CardRules.Check(Card);
        foreach (ContractInput input in Inputs)
        {
            int elements = Count(input.Port);
            Require(input.Sources is { IsDefault: false, Length: >= 1 and <= ElementsMax } && input.Sources.All(source => source >= -1 && source < elements),
                $"input '{input.Port.Name}' of elements that exist");
            Require(Math.Abs(input.Exponent) <= ExponentMax, $"input '{input.Port.Name}' of a moderate size");
        }
        foreach (ContractOutput output in Outputs)
            Require(output.Elements == Count(output.Port) && Math.Abs(output.Exponent) <= ExponentMax && output.Depth >= 0 && output.Depth <= Depth
                && Enum.IsDefined(output.PostOperation.Kind) && IsAxis(output), $"output '{output.Port.Name}' of its shape");
    }

    private static bool IsAxis(ContractOutput output) =>
        output.PostOperation.Kind is not (PostOperationKind.Softmax or PostOperationKind.LogSoftmax)
        || output.PostOperation.Axis >= -output.Port.Shape.Length && output.PostOperation.Axis < output.Port.Shape.Length;

    private static int Count(PlanPort port)
    {
        Require(port.Shape is { IsDefault: false, Length: <= 8 } && port.Shape.All(size => size is >= 1 and <= ElementsMax), $"a shape of '{port.Name}'");
        long product = 1;
        foreach (int size in port.Shape)
        {
            product *= size;
            Require(product <= ElementsMax, $"'{port.Name}' of at most {ElementsMax} elements");
        }
        return (int)product;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new ParameterException($"contract: needs {what}");
    }
}

/// <summary>The name of a layer and what is done.</summary>
/// <param name="Kind">One of the constants.</param>
/// <param name="Work">Roughly how many products of ciphertexts it takes, to tell the time left.</param>
public sealed record ContractStep(string Name, string Kind, int Work)
{
    public const string Linear = "linear", Square = "square", Refresh = "refresh";

    /// <summary>A relinearisation, and a ciphertext's turn with the key's holder, take as long as so many products.</summary>
    private const int SquareWork = 10, RefreshWork = 10;

    internal static ContractStep Of(LeveledProgram program, LeveledStep step) => step switch
    {
        LeveledLinear linear => new(step.Name, Linear, linear.Terms.Sum(term => term.Matrix.Diagonals.Count)),
        LeveledRefresh => new(step.Name, Refresh, RefreshWork * program.Values[step.Output].Layout.Blocks),
        _ => new(step.Name, Square, SquareWork * program.Values[step.Output].Layout.Blocks),
    };
}

/// <summary>As <see cref="LeveledInput"/>; slots hold elements divided by 2^Exponent.</summary>
public sealed record ContractInput(PlanPort Port, ImmutableArray<int> Sources, int Exponent);

/// <summary>As <see cref="LeveledOutput"/>.</summary>
/// <param name="Depth">Multiplications behind it.</param>
public sealed record ContractOutput(PlanPort Port, PostOperation PostOperation, int Elements, int Exponent, int Depth)
{
    internal static ContractOutput Of(LeveledOutput output, LeveledValue value) =>
        new(output.Port, output.PostOperation, value.Layout.Elements, value.Exponent, value.Depth);

    /// <summary>The output in its own units, after its post-operation.</summary>
    /// <param name="elements">From slots; changed.</param>
    public FloatTensor Finish(float[] elements)
    {
        float unit = MathF.ScaleB(1, Exponent);
        foreach (ref float element in elements.AsSpan()) element *= unit;
        PostOperations.Apply(PostOperation, Port.Shape, elements);
        return new FloatTensor(Port.Shape, elements);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, IgnoreReadOnlyProperties = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false, UseStringEnumConverter = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(LeveledContract))]
internal sealed partial class LeveledJson : JsonSerializerContext;
