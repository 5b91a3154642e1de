using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight;

/// <summary>What the client learns of one row. Immutable as long as nobody writes into the tensors; may be shared between threads.</summary>
public sealed class Prediction
{
    internal Prediction(InferencePlan plan, FloatTensor[] outputs)
    {
        Outputs = outputs;
        Label = TopOne.Of(plan, outputs);
        LabelName = Label >= 0 && Label < plan.Card.Classes.Length ? plan.Card.Classes[Label] : null;
    }

    /// <summary>A tensor for each output of the model, after the post-operation that the client applies (softmax, say).</summary>
    public IReadOnlyList<FloatTensor> Outputs { get; }

    /// <summary>The elements of the first output.</summary>
    public IReadOnlyList<float> Values => Outputs[0].Data;

    /// <summary>The class: of the first output the label where the model releases labels alone, else the index of the largest element.</summary>
    public int Label { get; }

    /// <summary>The class's name by the model's card; null where the card names none.</summary>
    public string? LabelName { get; }

    /// <summary>The class, by name where it has one.</summary>
    public override string ToString() => LabelName ?? $"{Label}";
}
