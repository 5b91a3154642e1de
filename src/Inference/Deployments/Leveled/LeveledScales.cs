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
        (_parameters, _program, _scales) = (parameters, program, new double[program.Values.Length]);
        _scales.AsSpan().Fill(LeveledParameters.Scale);
        foreach (LeveledSquare square in program.Steps.OfType<LeveledSquare>())
            _scales[square.Output] = _scales[square.Input] * _scales[square.Input] / Divisor(square.Output);
    }

    /// <summary>The scale at which the weights of a term are encoded.</summary>
    public double OfWeights(LeveledLinear step, LeveledTerm term) => LeveledParameters.Scale * Divisor(step.Output) / _scales[term.Input];

    /// <summary>The scale of a linear step's sums before they are divided.</summary>
    public double OfSum(LeveledLinear step) => LeveledParameters.Scale * Divisor(step.Output);

    /// <summary>The prime by which the step that writes a value divides.</summary>
    private double Divisor(int value) => _parameters.Primes[LeveledParameters.Level(_program, _program.Values[value])];
}
