using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// Bound on the noise that homomorphic encryption adds to an output of a convolution with integer weights, in units of the
/// result: of the ring of <paramref name="ringBits"/> bits that is left when each channel has dropped its shift.
/// </summary>
/// <param name="summands">Convolutions that are added up to one result.</param>
public delegate double NoiseBound(
    ConvolutionGeometry geometry, ReadOnlySpan<short> weights, ReadOnlySpan<int> channelShifts, int ringBits, int summands);

/// <summary>What the user of the compiler decides.</summary>
public sealed record CompileOptions
{
    /// <summary>One less than the bits of a comparison's digit: leaving out more would cost precision twice.</summary>
    public const int DroppedBitsLimit = 3;

    /// <summary>How the parties are laid out.</summary>
    public string Deployment { get; init; } = DeploymentKinds.ClientServer;

    /// <summary>The comparison protocol, one of <see cref="ComparisonKinds"/>; exact ones compare every bit whatever else is asked for.</summary>
    public string Comparison { get; init; } = ComparisonKinds.Transfers;

    /// <summary>What the client learns: "logits" or "label".</summary>
    public string Release { get; init; } = "logits";

    /// <summary>Width of activation rings in bits where precision does not ask for more; between two servers also less, where outputs bear it.</summary>
    public int WidthBits { get; init; } = 16;

    /// <summary>Largest width of an activation ring in bits.</summary>
    public int WidthBitsMax { get; init; } = 24;

    /// <summary>Bits of room above the largest value seen in calibration.</summary>
    public int GuardBits { get; init; } = 1;

    /// <summary>Width of weights in bits, sign included, 8 to 16.</summary>
    public int WeightBits { get; init; } = 13;

    /// <summary>
    /// Most low bits that a comparison may leave out where calibration permits, 0 to <see cref="DroppedBitsLimit"/>; 0 makes every
    /// comparison exact, and then no width is reduced for the sake of cost either.
    /// </summary>
    public int DroppedBitsMax { get; init; } = DroppedBitsLimit;

    /// <summary>Largest tolerated error of the outputs on the calibration samples: root mean square, relative to theirs.</summary>
    public double ErrorMax { get; init; } = 0.004;

    /// <summary>How pixels become inputs.</summary>
    public InputCard Card { get; init; } = InputCard.None;

    /// <summary>The encryption's noise; <see cref="RlweNoise.Bound"/> where null.</summary>
    public NoiseBound? NoiseBound { get; init; }

    /// <exception cref="ParameterException">An option is out of its range.</exception>
    internal void Check()
    {
        Range("the activation width", WidthBits, PlanValidator.RingBitsMin, PlanValidator.RingBitsMax);
        Range("the largest activation width", WidthBitsMax, WidthBits, PlanValidator.RingBitsMax);
        Range("guard bits", GuardBits, 0, 8);
        Range("the weight width", WeightBits, 8, 16);
        Range("what comparisons may leave out", DroppedBitsMax, 0, DroppedBitsLimit);
        if (!(ErrorMax > 0)) throw new ParameterException($"the tolerated error is {ErrorMax}; it is positive");
        string[] comparisons = ComparisonKinds.Of(Deployment);
        if (comparisons.Length == 0)
            throw new ParameterException($"deployment '{Deployment}' is not supported; it is {string.Join(" or ", DeploymentKinds.All)}");
        if (!comparisons.Contains(Comparison))
            throw new ParameterException($"comparison '{Comparison}' is not supported; it is {string.Join(" or ", comparisons)}");
        if (Release is not ("logits" or "label")) throw new ParameterException($"release '{Release}' is not supported; it is logits or label");
    }

    private static void Range(string what, int value, int min, int max)
    {
        if (value < min || value > max) throw new ParameterException($"{what} is {value} bits; the range is {min} to {max}");
    }
}
