using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// The public contract of an inference: shapes, widths, scales and the order of protocols. Immutable and hashed; both
/// parties compare hashes before the first protocol message. Holds nothing of the weights beyond the per-channel scales.
/// </summary>
public sealed record InferencePlan
{
    /// <summary>Version of this format; readers refuse others by name.</summary>
    public const int CurrentFormatVersion = 3;

    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>How the parties are laid out, one of <see cref="DeploymentKinds"/>.</summary>
    public required string Deployment { get; init; }

    /// <summary>The comparison protocol, one of the deployment's <see cref="ComparisonKinds"/>.</summary>
    public required string Comparison { get; init; }

    /// <summary>What the client learns: "logits" (all outputs) or "label" (the index of the largest alone).</summary>
    public string Release { get; init; } = "logits";

    public required ImmutableArray<PlanPort> Inputs { get; init; }
    public required ImmutableArray<PlanPort> Outputs { get; init; }
    public required ImmutableArray<PlanTensor> Tensors { get; init; }
    public required ImmutableArray<PlanStep> Steps { get; init; }

    /// <summary>How pixels become the values of input 0.</summary>
    public required InputCard Card { get; init; }
}

/// <summary>An input or output as the model's user sees it; the shape is without batch.</summary>
public sealed record PlanPort(string Name, ImmutableArray<int> Shape);

/// <summary>
/// The model card's preprocessing, value = (pixel * Scale - Mean[c]) / Std[c] for channels in the card's order, and the
/// class names. Mean and Std have one entry a channel or a single one. Where both are empty there is no such preprocessing:
/// bytes are divided by 255 and floats taken as they are.
/// </summary>
public sealed record InputCard(
    string ChannelOrder, double Scale, ImmutableArray<double> Mean, ImmutableArray<double> Std, string Layout,
    ImmutableArray<string> Classes)
{
    /// <summary>The card of a model that has none.</summary>
    public static InputCard None { get; } = new("rgb", 1, [], [], "nchw", []);
}
