using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Plans;

/// <summary>The class that outputs name.</summary>
public static class TopOne
{
    /// <summary>Of the first output: the label where the network ends in one, else the index of the largest element.</summary>
    public static int Of(InferencePlan plan, FloatTensor[] outputs)
    {
        float[] first = outputs[0].Data;
        return first.Length == 1 && plan.Steps.OfType<ArgMaxStep>().Any() ? (int)first[0] : Array.IndexOf(first, first.Max());
    }
}
