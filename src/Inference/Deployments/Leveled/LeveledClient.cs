using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>The party that holds the key: it encrypts inputs and decrypts outputs.</summary>
internal sealed class LeveledClient : IDisposable
{
    private readonly CkksContext _context;
    private readonly LeveledContract _contract;
    private readonly CkksSecretKey _key;
    private readonly CkksEncoder _encoder;
    private readonly Prg _randomness;

    /// <summary>Draws a key.</summary>
    /// <param name="randomness">Disposed of with this object.</param>
    public LeveledClient(CkksContext context, LeveledContract contract, Prg randomness)
    {
        (_context, _contract, _randomness, _encoder) = (context, contract, randomness, new CkksEncoder(context));
        _key = CkksSecretKey.Create(context, randomness);
    }

    /// <summary>Keys that the evaluating party needs and may see.</summary>
    public (CkksRelinearizationKey Relinearization, CkksGaloisKeys Rotations) EvaluationKeys() =>
        (CkksRelinearizationKey.Create(_key, _randomness), CkksGaloisKeys.Create(_key, _contract.Rotations, conjugation: false, _randomness));

    /// <summary>An encryptor with randomness of its own.</summary>
    public CkksSecretEncryptor Encryptor()
    {
        lock (_randomness)
        {
            Span<byte> seed = stackalloc byte[Prg.SeedBytes];
            _randomness.Fill(seed);
            return new CkksSecretEncryptor(_key, new Prg(seed));
        }
    }

    /// <summary>Ciphertexts of each input, block by block.</summary>
    /// <inheritdoc cref="Blocks"/>
    public CkksCiphertext[][] Encrypt(IReadOnlyList<FloatTensor[]> images) => [.. Blocks(images).Select(blocks => blocks.ToArray())];

    /// <summary>Ciphertexts of each input, block by block, each made when it is asked for; to be enumerated once and in order.</summary>
    /// <param name="images">For each image a tensor for each input; at most as many as a program's evaluation takes.</param>
    /// <exception cref="ParameterException">An element is larger than the model's owner made room for; nothing was encrypted.</exception>
    public IEnumerable<CkksCiphertext>[] Blocks(IReadOnlyList<FloatTensor[]> images)
    {
        if (images.Count < 1 || images.Count > _contract.Images)
            throw new ArgumentException($"{images.Count} images where an evaluation takes 1 to {_contract.Images}.");
        CkksSecretEncryptor encryptor = Encryptor();
        double[] slots = new double[_context.Parameters.Slots];
        return [.. _contract.Inputs.Select((input, index) =>
        {
            SlotLayout layout = _contract.LayoutOf(input);
            float unit = MathF.ScaleB(1, -input.Exponent);
            float[][] laidOut = [.. images.Select(image => input.Sources.Select(source => source < 0 ? 0 : image[index].Data[source] * unit).ToArray())];
            CheckSizes(input, laidOut);
            return Enumerable.Range(0, layout.Blocks).Select(block =>
            {
                layout.Pack(block, laidOut, slots);
                using CkksPlaintext plaintext = _encoder.Encode(slots, LeveledValue.Magnitude, LeveledParameters.Scale, _contract.Depth + 1);
                return encryptor.Encrypt(plaintext);
            });
        })];
    }

    /// <summary>Outputs of each image, decoded.</summary>
    public FloatTensor[][] Decrypt(CkksCiphertext[][] outputs, int images)
    {
        CkksDecryptor decryptor = new(_key);
        double[] slots = new double[_context.Parameters.Slots];
        FloatTensor[][] results = [.. Enumerable.Range(0, images).Select(_ => new FloatTensor[outputs.Length])];
        for (int o = 0; o < outputs.Length; o++)
        {
            SlotLayout layout = _contract.LayoutOf(_contract.Outputs[o]);
            float[][] numbers = [.. Enumerable.Range(0, images).Select(_ => new float[layout.Elements])];
            for (int block = 0; block < outputs[o].Length; block++)
            {
                using CkksPlaintext plaintext = decryptor.Decrypt(outputs[o][block]);
                _encoder.Decode(plaintext, slots);
                layout.Unpack(block, slots, numbers);
            }
            for (int image = 0; image < images; image++) results[image][o] = _contract.Outputs[o].Finish(numbers[image]);
        }
        return results;
    }

    /// <summary>What is larger than any number that the plan made room for would come out as another number: it is refused here.</summary>
    private static void CheckSizes(ContractInput input, float[][] images)
    {
        if (images.Any(image => image.Any(number => !(Math.Abs(number) <= LeveledValue.Magnitude))))
            throw new ParameterException($"input '{input.Port.Name}': an element is above {MathF.ScaleB(1, input.Exponent)}, "
                + "the most that the model's owner made room for");
    }

    public void Dispose()
    {
        _key.Dispose();
        _randomness.Dispose();
    }
}
