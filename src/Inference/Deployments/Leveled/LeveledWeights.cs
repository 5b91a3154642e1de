using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Models;
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

    /// <summary>The plaintexts of all weights, in the order in which <see cref="Read"/> takes their ciphertexts.</summary>
    public static WeightPlaintext[] Plaintexts(CkksParameters parameters, LeveledProgram program) =>
        [.. new LeveledWeights(encrypted: true).Places(parameters, program).Select(place => place.Plaintext())];

    /// <summary>Weights that somebody else encrypted.</summary>
    /// <param name="program">Its own weights are not looked at.</param>
    /// <param name="ciphertexts">So many, in the order of <see cref="Plaintexts"/>.</param>
    public static LeveledWeights Read(CkksContext context, LeveledProgram program, Func<int, IEnumerable<CkksCiphertext>> ciphertexts)
    {
        LeveledWeights weights = new(encrypted: true);
        Place[] places = [.. weights.Places(context.Parameters, program)];
        int read = 0;
        foreach (CkksCiphertext ciphertext in ciphertexts(places.Length)) places[read++].Keep(ciphertext);
        return weights;
    }

    private static LeveledWeights Make(
        CkksContext context, LeveledProgram program, int threads, Func<Func<CkksPlaintext, CkksElement>> finisher, bool encrypted)
    {
        LeveledWeights weights = new(encrypted);
        CkksEncoder encoder = new(context);
        Place[] places = [.. weights.Places(context.Parameters, program)];
        object gate = new();
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads };
        Parallel.For(0, places.Length, options, () => (Finish: finisher(), Slots: new double[context.Parameters.Slots]), (i, _, own) =>
        {
            WeightPlaintext plaintext = places[i].Plaintext();
            plaintext.Spread(own.Slots);
            CkksElement element = own.Finish(encoder.Encode(own.Slots, plaintext.Magnitude, plaintext.Scale, plaintext.Level));
            lock (gate) places[i].Keep(element);
            return own;
        }, _ => { });
        return weights;
    }

    /// <summary>Where weights go and, for who knows them, what they are: diagonals of each linear step, term by term, then its biases.</summary>
    private IEnumerable<Place> Places(CkksParameters parameters, LeveledProgram program)
    {
        LeveledScales scales = new(parameters, program);
        for (int index = 0; index < program.Steps.Length; index++)
        {
            if (program.Steps[index] is not LeveledLinear linear) continue;
            SlotLayout layout = program.Values[linear.Output].Layout;
            int level = program.LevelOf(linear.Output), operands = program.OperandLevelOf(linear), step = index;
            if (!AreConstants(program, linear))
                for (int t = 0; t < linear.Terms.Length; t++)
                {
                    LeveledTerm term = linear.Terms[t];
                    double scale = scales.OfWeights(linear, term);
                    int at = t;
                    foreach ((DiagonalPlace place, float[] numbers) in term.Matrix.Diagonals)
                        yield return new(element => _diagonals[(step, at, place)] = element,
                            () => new(operands, scale, Bound(numbers), layout.Images, -term.GiantOf(place.Shift), numbers));
                }
            for (int b = 0; b < layout.Blocks; b++)
            {
                int block = b;
                yield return new(element => _biases[(step, block)] = element, () =>
                {
                    float[] numbers = BiasOf(linear, layout, block);
                    return new(level, LeveledScales.OfBias(linear), Bound(numbers), layout.Images, 0, numbers);
                });
            }
        }
    }

    private sealed record Place(Action<CkksElement> Keep, Func<WeightPlaintext> Plaintext);

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
