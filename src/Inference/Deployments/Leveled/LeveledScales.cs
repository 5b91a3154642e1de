using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// Scales of all values, known before anything is computed: linear steps write at the standard scale exactly, because their weights are encoded at the scale
/// that makes it so; squares at what comes of squaring.
/// </summary>
internal sealed class LeveledScales
{
    private readonly CkksParameters _parameters;
    private readonly LeveledProgram _program;
    private readonly double[] _scales;

    public LeveledScales(CkksParameters parameters, LeveledProgram program)
    {
        (_parameters, _program) = (parameters, program);
        _scales = [.. program.Values.Select(value => value.ScaleBits == 0 ? LeveledParameters.Scale : Math.ScaleB(1, value.ScaleBits))];
        foreach (LeveledSquare square in program.Steps.OfType<LeveledSquare>())
            _scales[square.Output] = _scales[square.Input] * _scales[square.Input] / Divisor(square.Output);
    }

    /// <summary>The scale of a value.</summary>
    public double Of(int value) => _scales[value];

    /// <summary>The scale at which the weights of a term are encoded.</summary>
    public double OfWeights(LeveledLinear step, LeveledTerm term) => OfSum(step) / _scales[term.Input];

    /// <summary>The scale of a linear step's sums before they are divided, where they are.</summary>
    public double OfSum(LeveledLinear step) => _scales[step.Output] * (step.IsDivided ? Divisor(step.Output) : 1);

    /// <summary>The scale at which a bias is encoded. That of an undivided step is more than can be: its bias is multiplied by the factor.</summary>
    public static double OfBias(LeveledLinear step) => step.IsDivided ? LeveledParameters.Scale : Math.ScaleB(1, LeveledProgram.FineBits);

    /// <summary>A power of two.</summary>
    public static double BiasFactor => Math.ScaleB(1, LeveledProgram.FineBits);

    /// <summary>The prime by which the step that writes a value divides.</summary>
    private double Divisor(int value) => _parameters.Primes[_program.LevelOf(value)];
}
