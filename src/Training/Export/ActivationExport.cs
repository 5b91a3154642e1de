using Blindsight.Training.Activations;

namespace Blindsight.Training.Export;

/// <summary>
/// Writes activations. Where channels differ: clip(x) * gate + ((c3 x + c2) x + c1) x + c0 with one gate of 0 or 1 and one coefficient a channel; what is
/// zero in all channels is left out. The compiler finds each channel's function in it again.
/// </summary>
internal static class ActivationExport
{
    public static void Append(GraphWriter graph, ChannelActivationLayer layer, string input, string output, int[] channels)
    {
        int degree = (int)layer.Kinds.ToArray().Where(kind => kind != ActivationKind.Exact).DefaultIfEmpty((ActivationKind)(-1)).Max();
        bool anyExact = layer.Kinds.Contains(ActivationKind.Exact);
        if (degree < 0)
        {
            AppendClip(graph, layer.Low, layer.High, input, output);
            return;
        }
        string polynomial = anyExact ? output + ".polynomial" : output;
        AppendPolynomial(graph, layer, anyExact ? degree : Math.Max(1, degree), input, polynomial, channels);
        if (!anyExact) return;
        AppendClip(graph, layer.Low, layer.High, input, output + ".exact");
        float[] gates = Array.ConvertAll(layer.Kinds.ToArray(), kind => kind == ActivationKind.Exact ? 1f : 0);
        graph.Node("Mul", [output + ".exact", graph.Constant(output + ".gate", gates, channels)], output + ".gated");
        string polynomialOrConstant = degree == 0 ? output + ".c0" : polynomial;
        graph.Node("Add", [output + ".gated", polynomialOrConstant], output);
    }

    /// <summary>A clip, as Relu where it is that.</summary>
    public static void AppendClip(GraphWriter graph, float low, float high, string input, string output)
    {
        if (low == 0 && float.IsPositiveInfinity(high))
        {
            graph.Node("Relu", [input], output);
            return;
        }
        string least = float.IsFinite(low) ? graph.Constant($"{output}.low", low) : "";
        string most = float.IsFinite(high) ? graph.Constant($"{output}.high", high) : "";
        graph.Node("Clip", most.Length > 0 ? [input, least, most] : [input, least], output);
    }

    /// <summary>By Horner's rule from the layer's degree down; at degree 0 only the constants.</summary>
    private static void AppendPolynomial(GraphWriter graph, ChannelActivationLayer layer, int degree, string x, string output, int[] channels)
    {
        string sum = Coefficients(degree);
        for (int k = degree - 1; k >= 0; k--)
        {
            string product = $"{output}.x{k}";
            bool isLast = k == 0 && Zero(0);
            graph.Node("Mul", [sum, x], isLast ? output : product);
            sum = product;
            if (Zero(k)) continue;
            graph.Node("Add", [product, Coefficients(k)], sum = k == 0 ? output : $"{output}.sum{k}");
        }

        bool Zero(int k)
        {
            for (int c = 0; c < layer.Kinds.Length; c++)
                if (layer.CoefficientsOf(c)[k] != 0) return false;
            return true;
        }

        string Coefficients(int k)
        {
            float[] values = new float[layer.Kinds.Length];
            for (int c = 0; c < values.Length; c++) values[c] = layer.CoefficientsOf(c)[k];
            return graph.Constant($"{output.Replace(".polynomial", "")}.c{k}", values, channels);
        }
    }
}
