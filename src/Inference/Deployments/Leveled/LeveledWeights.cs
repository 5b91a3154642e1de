using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// A program's weights and biases as its evaluation takes them: encoded, where the evaluating party knows them, or encrypted. A diagonal is laid out as the
/// product meets it, rotated back by the rotation that its sum will take.
/// </summary>
internal sealed class LeveledWeights : IDisposable
{
    private readonly Dictionary<(int Step, int Term, DiagonalPlace Place), CkksElement> _diagonals = [];
    private readonly Dictionary<(int Step, int Block), CkksElement> _biases = [];

    private LeveledWeights(bool encrypted) => IsEncrypted = encrypted;

    public bool IsEncrypted { get; }

    /// <summary>Weights in the clear. Those of one number for all slots are not encoded: the program itself holds them.</summary>
    public static LeveledWeights Encode(CkksContext context, LeveledProgram program, int threads) =>
        Make(context, program, threads, () => plaintext => plaintext, encrypted: false);

    /// <summary>Weights that only the key's owner can read.</summary>
    /// <param name="encryptor">Makes an encryptor for one thread.</param>
    public static LeveledWeights Encrypt(CkksContext context, LeveledProgram program, int threads, Func<CkksSecretEncryptor> encryptor) =>
        Make(context, program, threads, () =>
        {
            CkksSecretEncryptor own = encryptor();
            return plaintext =>
            {
                using (plaintext) return own.Encrypt(plaintext);
            };
        }, encrypted: true);

    public CkksElement Diagonal(int step, int term, DiagonalPlace place) => _diagonals[(step, term, place)];

    public CkksElement Bias(int step, int block) => _biases[(step, block)];

    /// <summary>Whether a step's weights are numbers rather than polynomials.</summary>
    public bool AreConstants(LeveledProgram program, LeveledLinear step) => !IsEncrypted && program.Values[step.Output].Layout.Positions == 1;

    public void Dispose()
    {
        foreach (CkksElement element in _diagonals.Values.Concat(_biases.Values)) element.Dispose();
    }

    private static LeveledWeights Make(
        CkksContext context, LeveledProgram program, int threads, Func<Func<CkksPlaintext, CkksElement>> finisher, bool encrypted)
    {
        LeveledWeights weights = new(encrypted);
        CkksEncoder encoder = new(context);
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads };
        LeveledScales scales = new(context.Parameters, program);
        List<(Action<CkksElement> Keep, Func<Span<double>, CkksPlaintext> Make)> work = [];
        for (int index = 0; index < program.Steps.Length; index++)
        {
            if (program.Steps[index] is not LeveledLinear linear) continue;
            LeveledValue output = program.Values[linear.Output];
            int level = program.LevelOf(linear.Output), operands = program.OperandLevelOf(linear), step = index;
            if (!weights.AreConstants(program, linear))
                for (int t = 0; t < linear.Terms.Length; t++)
                {
                    LeveledTerm term = linear.Terms[t];
                    double scale = scales.OfWeights(linear, term);
                    int at = t;
                    foreach ((DiagonalPlace place, float[] numbers) in term.Matrix.Diagonals)
                        work.Add((element => weights._diagonals[(step, at, place)] = element, slots =>
                        {
                            term.Matrix.To.Spread(numbers, -term.GiantOf(place.Shift), slots);
                            return encoder.Encode(slots, Bound(numbers), scale, operands);
                        }));
                }
            for (int b = 0; b < output.Layout.Blocks; b++)
            {
                int block = b;
                work.Add((element => weights._biases[(step, block)] = element, slots =>
                {
                    float[] numbers = BiasOf(linear, output.Layout, block);
                    output.Layout.Spread(numbers, 0, slots);
                    return encoder.Encode(slots, Bound(numbers), LeveledScales.OfBias(linear), level);
                }));
            }
        }
        object gate = new();
        Parallel.For(0, work.Count, options, () => (Finish: finisher(), Slots: new double[context.Parameters.Slots]), (i, _, own) =>
        {
            CkksElement element = own.Finish(work[i].Make(own.Slots));
            lock (gate) work[i].Keep(element);
            return own;
        }, _ => { });
        return weights;
    }

    /// <summary>What is added to one block of a step's output.</summary>
    public static float[] BiasOf(LeveledLinear step, SlotLayout layout, int block)
    {
        float[] numbers = new float[layout.Period];
        step.Bias.AsSpan(block * layout.Period, Math.Min(layout.Period, layout.Elements - block * layout.Period)).CopyTo(numbers);
        return numbers;
    }

    /// <summary>A declared bound: it is told to the evaluating party, so weights in a diagonal should not be told from it one by one.</summary>
    public static double Bound(float[] numbers) => Math.ScaleB(1, Math.ILogB(Math.Max(numbers.Max(Math.Abs), 1e-6f)) + 1);
}
