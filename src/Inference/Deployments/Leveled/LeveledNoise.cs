using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// The estimates of every ciphertext of an evaluation, which follow from the program alone: what <see cref="LeveledEvaluator"/> would find, without a key.
/// </summary>
internal sealed class LeveledNoise
{
    private readonly CkksParameters _parameters;
    private readonly LeveledProgram _program;
    private readonly LeveledScales _scales;
    private readonly bool _encryptedWeights;
    private readonly CkksEstimate[][] _values;

    public LeveledNoise(CkksParameters parameters, LeveledProgram program, bool encryptedWeights)
    {
        (_parameters, _program, _scales, _encryptedWeights) = (parameters, program, new LeveledScales(parameters, program), encryptedWeights);
        _values = new CkksEstimate[program.Values.Length][];
        foreach (LeveledInput input in program.Inputs) _values[input.Value] = Encrypted(input.Value);
        foreach (LeveledStep step in program.Steps)
            _values[step.Output] = step switch
            {
                LeveledRefresh => Encrypted(step.Output),
                LeveledSquare square => [.. _values[square.Input].Select(operand => Square(operand, square))],
                LeveledLinear linear => Linear(linear),
                _ => throw new ArgumentException($"Step '{step.Name}' is of an unknown kind."),
            };
    }

    /// <summary>Of each block of a value.</summary>
    public IReadOnlyList<CkksEstimate> this[int value] => _values[value];

    private CkksEstimate[] Encrypted(int value)
    {
        CkksEstimate fresh = CkksEstimate.Encoded(_parameters, LeveledValue.Magnitude, _scales.Of(value)).SecretKeyEncrypted();
        return [.. Enumerable.Repeat(fresh, _program.Values[value].Layout.Blocks)];
    }

    private CkksEstimate Square(CkksEstimate operand, LeveledSquare step)
    {
        double scale = _scales.Of(step.Input);
        int level = _program.LevelOf(step.Output) + 1;
        return operand.Times(operand, _parameters, scale, scale, same: true).KeySwitched(_parameters, level).Rescaled(_parameters, Prime(level));
    }

    private CkksEstimate[] Linear(LeveledLinear step)
    {
        int blocks = _program.Values[step.Output].Layout.Blocks, level = _program.LevelOf(step.Output);
        CkksEstimate[] results = new CkksEstimate[blocks];
        foreach (LeveledTerm term in step.Terms)
            foreach (var block in term.Matrix.Diagonals.GroupBy(diagonal => diagonal.Key.To))
            {
                CkksEstimate sum = default;
                foreach (var group in block.GroupBy(diagonal => term.GiantOf(diagonal.Key.Shift)))
                {
                    CkksEstimate part = SumUp(step, term, group);
                    sum = sum.Plus(group.Key == 0 ? part : part.KeySwitched(_parameters, level));
                }
                foreach (int _ in term.Matrix.Folds) sum = sum.Plus(sum.KeySwitched(_parameters, level));
                results[block.Key] = results[block.Key].Plus(sum);
            }
        for (int block = 0; block < blocks; block++)
            results[block] = (results[block] with { Magnitude = LeveledValue.Magnitude }).Plus(Bias(step, block));
        return results;
    }

    private CkksEstimate SumUp(LeveledLinear step, LeveledTerm term, IEnumerable<KeyValuePair<DiagonalPlace, float[]>> diagonals)
    {
        int level = _program.OperandLevelOf(step);
        double scale = _scales.Of(term.Input), weightScale = _scales.OfWeights(step, term);
        bool constants = !_encryptedWeights && _program.Values[step.Output].Layout.Positions == 1;
        CkksEstimate sum = default;
        foreach ((DiagonalPlace place, float[] numbers) in diagonals)
        {
            CkksEstimate operand = _values[term.Input][place.From];
            if (term.BabyOf(place.Shift) != 0) operand = operand.KeySwitched(_parameters, level);
            sum = sum.Plus(constants ? operand.TimesConstant(numbers[0], _parameters, scale, weightScale)
                : operand.Times(Weights(LeveledWeights.Bound(numbers), weightScale), _parameters, scale, weightScale));
        }
        if (_encryptedWeights) sum = sum.KeySwitched(_parameters, level);
        return step.IsDivided ? sum.Rescaled(_parameters, Prime(level)) : sum;
    }

    private CkksEstimate Bias(LeveledLinear step, int block)
    {
        double scale = LeveledScales.OfBias(step);
        CkksEstimate bias = Weights(LeveledWeights.Bound(LeveledWeights.BiasOf(step, _program.Values[step.Output].Layout, block)), scale);
        return step.IsDivided ? bias : bias.TimesConstant(1, _parameters, scale, LeveledScales.BiasFactor);
    }

    private CkksEstimate Weights(double bound, double scale)
    {
        CkksEstimate encoded = CkksEstimate.Encoded(_parameters, bound, scale);
        return _encryptedWeights ? encoded.SecretKeyEncrypted() : encoded;
    }

    /// <summary>The prime by which a level's elements are divided.</summary>
    private double Prime(int level) => _parameters.Primes[level - 1];
}
