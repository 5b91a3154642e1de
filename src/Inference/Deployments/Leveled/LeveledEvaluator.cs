using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// Evaluates a program on ciphertexts: the work of the party that must not learn what is in them. A linear output takes a level and, where weights are
/// encrypted, a relinearisation for each of its sums; a square takes both. Everything done follows from the program alone.
/// </summary>
internal sealed class LeveledEvaluator(
    CkksContext context, LeveledProgram program, LeveledWeights weights, CkksRelinearizationKey relinearization, CkksGaloisKeys rotations, int threads)
{
    private readonly CkksEvaluator _evaluator = new(context);
    private readonly LeveledScales _scales = new(context.Parameters, program);
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = threads };

    /// <summary>One evaluation.</summary>
    /// <param name="inputs">Ciphertexts of each input, block by block, at the highest level; disposed of here.</param>
    /// <param name="done">Told how many steps are done.</param>
    /// <param name="refresher">Of this evaluation; null where the program has no refreshes.</param>
    /// <returns>Ciphertexts of each output, block by block.</returns>
    public CkksCiphertext[][] Run(
        CkksCiphertext[][] inputs, Action<int>? done = null, IRefresher? refresher = null, CancellationToken cancellation = default)
    {
        int refreshes = 0;
        CkksCiphertext[]?[] values = new CkksCiphertext[program.Values.Length][];
        int[] uses = Uses();
        for (int i = 0; i < inputs.Length; i++) values[program.Inputs[i].Value] = inputs[i];
        for (int index = 0; index < program.Steps.Length; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            LeveledStep step = program.Steps[index];
            values[step.Output] = step switch
            {
                LeveledSquare square => Square(values[square.Input]!),
                LeveledLinear linear => Linear(index, linear, values),
                LeveledRefresh refresh => Refresh(refreshes++, refresh, values, refresher, cancellation),
                _ => throw new ArgumentException($"Step '{step.Name}' is of an unknown kind."),
            };
            foreach (int read in step.Reads)
                if (--uses[read] == 0) Drop(ref values[read]);
            done?.Invoke(index + 1);
        }
        return [.. program.Outputs.Select(output => values[output.Value]!)];
    }

    private int[] Uses()
    {
        int[] uses = new int[program.Values.Length];
        foreach (int read in program.Steps.SelectMany(step => step.Reads).Concat(program.Outputs.Select(output => output.Value))) uses[read]++;
        return uses;
    }

    private static void Drop(ref CkksCiphertext[]? blocks)
    {
        foreach (CkksCiphertext block in blocks!) block.Dispose();
        blocks = null;
    }

    private CkksCiphertext[] Square(CkksCiphertext[] blocks)
    {
        CkksCiphertext[] squares = new CkksCiphertext[blocks.Length];
        Parallel.For(0, blocks.Length, _parallel, block =>
        {
            using CkksProduct product = _evaluator.Multiply(blocks[block], blocks[block]);
            squares[block] = _evaluator.RelinearizeAndRescale(product, relinearization);
        });
        return squares;
    }

    private CkksCiphertext[] Refresh(
        int number, LeveledRefresh step, CkksCiphertext[]?[] values, IRefresher? refresher, CancellationToken cancellation)
    {
        CkksCiphertext[][] operands = [.. step.Operands.Select(operand => values[operand]!.Select(block => _evaluator.SwitchLevel(block, 1)).ToArray())];
        try
        {
            return (refresher ?? throw new ArgumentException($"Step '{step.Name}' takes a refresher.")).Refresh(number, operands, cancellation);
        }
        finally
        {
            foreach (CkksCiphertext block in operands.SelectMany(blocks => blocks)) block.Dispose();
        }
    }

    private CkksCiphertext[] Linear(int index, LeveledLinear step, CkksCiphertext[]?[] values)
    {
        LeveledValue output = program.Values[step.Output];
        int level = program.LevelOf(step.Output), operandLevel = program.OperandLevelOf(step);
        double scale = _scales.Of(step.Output);
        CkksCiphertext[] results = [.. Enumerable.Range(0, output.Layout.Blocks)
            .Select(_ => _evaluator.Zero(level, scale, LeveledValue.Magnitude))];
        for (int t = 0; t < step.Terms.Length; t++)
        {
            LeveledTerm term = step.Terms[t];
            using RotatedBlocks operands = Rotate(term, values[term.Input]!, operandLevel);
            Sum[] sums = [.. term.Matrix.Diagonals.GroupBy(diagonal => (diagonal.Key.To, Giant: term.GiantOf(diagonal.Key.Shift)))
                .Select(group => new Sum(group.Key.To, group.Key.Giant, [.. group]))];
            CkksCiphertext[] parts = new CkksCiphertext[sums.Length];
            int at = t;
            Parallel.For(0, sums.Length, _parallel, i => parts[i] = Turn(SumUp(index, at, step, term, sums[i], operands, operandLevel), sums[i].Giant));
            Parallel.ForEach(sums.Select((sum, i) => (sum.To, Part: parts[i])).GroupBy(sum => sum.To), _parallel, block =>
            {
                CkksCiphertext sum = _evaluator.Zero(level, scale, LeveledValue.Magnitude);
                foreach ((_, CkksCiphertext part) in block) AddAndDrop(sum, part);
                foreach (int fold in term.Matrix.Folds)
                    AddAndDrop(sum, _evaluator.Rotate(sum, fold * program.Images, rotations));
                AddAndDrop(results[block.Key], sum);
            });
        }
        Parallel.For(0, results.Length, _parallel, block =>
        {
            using CkksCiphertext sum = results[block];
            results[block] = AddBias(sum, weights.Bias(index, block), step);
        });
        return results;
    }

    private CkksCiphertext AddBias(CkksCiphertext sum, CkksElement bias, LeveledLinear step)
    {
        if (step.IsDivided) return bias is CkksCiphertext encrypted ? _evaluator.Add(sum, encrypted) : _evaluator.Add(sum, (CkksPlaintext)bias);
        using CkksCiphertext zero = _evaluator.Zero(bias.Level, bias.Scale, bias.Estimate.Magnitude);
        using CkksCiphertext same = bias is CkksCiphertext secret ? _evaluator.Add(zero, secret) : _evaluator.Add(zero, (CkksPlaintext)bias);
        using CkksCiphertext scaled = _evaluator.Multiply(same, 1, LeveledScales.BiasFactor);
        return _evaluator.Add(sum, scaled);
    }

    /// <summary>The sum of products that one greater rotation is for, divided.</summary>
    private CkksCiphertext SumUp(int index, int at, LeveledLinear step, LeveledTerm term, Sum sum, RotatedBlocks operands, int level)
    {
        double scale = _scales.OfSum(step);
        if (weights.IsEncrypted)
        {
            using CkksProduct products = _evaluator.ZeroProduct(level, scale, LeveledValue.Magnitude);
            foreach ((DiagonalPlace place, _) in sum.Diagonals)
                _evaluator.MultiplyAdd(operands[place.From, term.BabyOf(place.Shift)], (CkksCiphertext)weights.Diagonal(index, at, place), products);
            return step.IsDivided ? _evaluator.RelinearizeAndRescale(products, relinearization) : _evaluator.Relinearize(products, relinearization);
        }
        CkksCiphertext total = _evaluator.Zero(level, scale, LeveledValue.Magnitude);
        bool constants = weights.AreConstants(program, step);
        foreach ((DiagonalPlace place, float[] numbers) in sum.Diagonals)
        {
            CkksCiphertext operand = operands[place.From, term.BabyOf(place.Shift)];
            if (constants) _evaluator.MultiplyAdd(operand, numbers[0], _scales.OfWeights(step, term), total);
            else _evaluator.MultiplyAdd(operand, (CkksPlaintext)weights.Diagonal(index, at, place), total);
        }
        if (!step.IsDivided) return total;
        using (total) return _evaluator.Rescale(total);
    }

    private CkksCiphertext Turn(CkksCiphertext sum, int positions)
    {
        if (positions == 0) return sum;
        using (sum) return _evaluator.Rotate(sum, positions * program.Images, rotations);
    }

    /// <summary>All smaller rotations of the operand's blocks, at the step's level.</summary>
    private RotatedBlocks Rotate(LeveledTerm term, CkksCiphertext[] blocks, int level)
    {
        RotatedBlocks rotated = new();
        (int From, int[] Shifts)[] wanted = [.. term.Matrix.Diagonals.Keys.GroupBy(place => place.From)
            .Select(group => (group.Key, group.Select(place => term.BabyOf(place.Shift)).Distinct().Order().ToArray()))];
        Parallel.ForEach(wanted, _parallel, work =>
        {
            CkksCiphertext block = blocks[work.From];
            CkksCiphertext lowered = block.Level == level ? block : _evaluator.SwitchLevel(block, level);
            using CkksDecomposition? digits = work.Shifts is [0] ? null : _evaluator.Decompose(lowered);
            foreach (int shift in work.Shifts)
            {
                if (shift == 0) rotated.Keep(work.From, 0, lowered, owned: !ReferenceEquals(lowered, block));
                else rotated.Keep(work.From, shift, _evaluator.Rotate(digits!, shift * program.Images, rotations), owned: true);
            }
            if (!work.Shifts.Contains(0) && !ReferenceEquals(lowered, block)) lowered.Dispose();
        });
        return rotated;
    }

    private void AddAndDrop(CkksCiphertext sum, CkksCiphertext part)
    {
        using (part) _evaluator.AddTo(sum, part);
    }

    private sealed record Sum(int To, int Giant, KeyValuePair<DiagonalPlace, float[]>[] Diagonals);

    private sealed class RotatedBlocks : IDisposable
    {
        private readonly Dictionary<(int Block, int Shift), (CkksCiphertext Ciphertext, bool Owned)> _blocks = [];

        public CkksCiphertext this[int block, int shift] => _blocks[(block, shift)].Ciphertext;

        public void Keep(int block, int shift, CkksCiphertext ciphertext, bool owned)
        {
            lock (_blocks) _blocks.Add((block, shift), (ciphertext, owned));
        }

        public void Dispose()
        {
            foreach ((CkksCiphertext ciphertext, bool owned) in _blocks.Values)
                if (owned) ciphertext.Dispose();
        }
    }
}
