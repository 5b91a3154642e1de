using Blindsight.Arithmetic.FixedPoint;

namespace Blindsight.Compiler.Plans;

/// <summary>The client's work in the clear: inputs to integers, opened integers to outputs.</summary>
public static class ClientCodec
{
    /// <summary>Input number <paramref name="inputIndex"/> in Z_2^32 at its tensor's scale; saturates at the tensor's range.</summary>
    /// <exception cref="ArgumentException">The values do not fill the input's shape, or one is not a number.</exception>
    public static int[] Encode(InferencePlan plan, int inputIndex, ReadOnlySpan<float> values)
    {
        InputStep step = plan.Steps.OfType<InputStep>().Single(step => step.InputIndex == inputIndex);
        PlanTensor tensor = plan.Tensors[step.Output];
        if (values.Length != tensor.Elements)
            throw new ArgumentException($"input '{plan.Inputs[inputIndex].Name}' takes {tensor.Elements} values, not {values.Length}");
        int[] encoded = new int[values.Length];
        FixedPointEncoding.Encode(values, tensor.ScaleBits, tensor.ValueBits, encoded);
        return encoded;
    }

    /// <summary>Output number <paramref name="outputIndex"/> as its user sees it: decoded, and its post-operation applied.</summary>
    /// <param name="opened">Signed elements of the opened tensor.</param>
    public static float[] Decode(InferencePlan plan, int outputIndex, ReadOnlySpan<int> opened)
    {
        float[] values = DecodeOpened(plan, outputIndex, opened);
        PostOperations.Apply(Step(plan, outputIndex).PostOperation, plan.Outputs[outputIndex].Shape, values);
        return values;
    }

    /// <summary>Output number <paramref name="outputIndex"/> before its post-operation.</summary>
    internal static float[] DecodeOpened(InferencePlan plan, int outputIndex, ReadOnlySpan<int> opened)
    {
        float[] values = new float[opened.Length];
        FixedPointEncoding.Decode(opened, plan.Tensors[Step(plan, outputIndex).Input].ScaleBits, values);
        return values;
    }

    private static OutputStep Step(InferencePlan plan, int outputIndex) =>
        plan.Steps.OfType<OutputStep>().Single(step => step.OutputIndex == outputIndex);
}
