using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Refresh;

/// <summary>
/// The room's part of one query: it encrypts inputs, refreshes, and decrypts outputs. Everything it wrote stays here in the clear until the query ends, so
/// that what comes back can be checked against it. Which of these comes when is for the caller to watch. Not thread-safe.
/// </summary>
/// <param name="prg">For encryptions; not disposed of here.</param>
/// <param name="projections">What the host is checked by; null for a host that is trusted to compute what it should.</param>
public sealed class RoomQuery(CkksContext context, RoomContract contract, CkksSecretKey key, Prg prg, Projections? projections = null) : IDisposable
{
    private readonly CkksEncoder _encoder = new(context);
    private readonly CkksDecryptor _decryptor = new(key);
    private readonly CkksSecretEncryptor _encryptor = new(key, prg);
    private readonly double[] _slots = new double[contract.Slots];

    /// <summary>Numbers of each value that the room wrote, as they are in slots: element by element, image by image.</summary>
    private readonly double[]?[] _written = new double[contract.Values.Length][];

    /// <summary>Ciphertexts of an input, block by block.</summary>
    /// <param name="images">The elements of each image, at most as many as the contract's.</param>
    /// <exception cref="RoomException">InputRefused: another number of elements, or one that is larger than the contract has room for.</exception>
    public CkksCiphertext[] Encrypt(int input, IReadOnlyList<float[]> images)
    {
        RoomInput from = contract.Inputs[input];
        if (images.Count < 1 || images.Count > contract.Images || images.Any(image => image.Length != from.Elements))
            throw new RoomException(RoomFault.InputRefused, $"input '{from.Name}': needs 1 to {contract.Images} images of {from.Elements} elements");
        RoomValue value = contract.Values[from.Value];
        double unit = Math.ScaleB(1, -value.Exponent), largest = 0;
        double[] numbers = new double[value.Elements * contract.Images];
        for (int e = 0; e < value.Elements; e++)
            for (int i = 0; i < images.Count && from.Sources[e] != RoomContract.Nothing; i++)
                numbers[e * contract.Images + i] = images[i][from.Sources[e]] * unit;
        foreach (double number in numbers) largest = Math.Max(largest, Math.Abs(number));
        if (!(largest <= RoomContract.Magnitude))
        {
            Array.Clear(numbers);
            throw new RoomException(RoomFault.InputRefused,
                $"input '{from.Name}': an element is above 2^{value.Exponent}, the most that the model's owner made room for");
        }
        return Write(from.Value, numbers, from.Level);
    }

    /// <summary>Decrypts operands, computes, and encrypts.</summary>
    /// <param name="operands">Ciphertexts of each operand, block by block; not disposed of here.</param>
    /// <exception cref="RoomException">WrongCount or WrongCiphertext: not what the contract says; IntegrityRefused: not what the model says.</exception>
    public CkksCiphertext[] Refresh(int refresh, IReadOnlyList<IReadOnlyList<CkksCiphertext>> operands)
    {
        RoomRefresh step = contract.Refreshes[refresh];
        if (operands.Count != step.Operands.Length)
            throw new RoomException(RoomFault.WrongCount, $"'{step.Name}' takes {step.Operands.Length} operands, not {operands.Count}");
        double[] x = new double[step.Operands.Sum(operand => contract.Values[operand].Elements) * contract.Images];
        double[] y = new double[contract.Values[step.Output].Elements * contract.Images];
        int start = 0;
        for (int i = 0; i < operands.Count; i++)
        {
            RoomValue value = contract.Values[step.Operands[i]];
            Span<double> numbers = x.AsSpan(start, value.Elements * contract.Images);
            Read(step.Operands[i], step.Name, 1, operands[i], numbers);
            double unit = Math.ScaleB(1, value.Exponent);
            foreach (ref double number in numbers) number *= unit;
            start += numbers.Length;
        }
        RefreshKernel.Maxima(x, step.Sources.AsSpan(), contract.Images, y);
        Array.Clear(x);
        RefreshKernel.Apply(step.Function, contract.Values[step.Output].Exponent, y);
        return Write(step.Output, y, step.Level);
    }

    /// <summary>Decrypts an output; whoever lets it leave the room floods it first.</summary>
    /// <returns>As in slots: element by element, image by image, divided by 2^Exponent.</returns>
    /// <inheritdoc cref="Refresh"/>
    public double[] Decrypt(int output, IReadOnlyList<CkksCiphertext> blocks)
    {
        RoomOutput step = contract.Outputs[output];
        double[] numbers = new double[contract.Values[step.Value].Elements * contract.Images];
        Read(step.Value, step.Name, step.Level, blocks, numbers);
        return numbers;
    }

    /// <summary>Forgets all numbers.</summary>
    public void Dispose()
    {
        foreach (double[]? numbers in _written)
            if (numbers is not null) Array.Clear(numbers);
        Array.Clear(_slots);
    }

    private CkksCiphertext[] Write(int value, double[] numbers, int level)
    {
        _written[value] = numbers;
        SlotLayout layout = contract.LayoutOf(value);
        int period = layout.Period * layout.Images;
        CkksCiphertext[] blocks = new CkksCiphertext[layout.Blocks];
        for (int block = 0; block < blocks.Length; block++)
        {
            ReadOnlySpan<double> from = numbers.AsSpan(block * period, Math.Min(period, numbers.Length - block * period));
            for (int start = 0; start < _slots.Length; start += period)
            {
                from.CopyTo(_slots.AsSpan(start));
                _slots.AsSpan(start + from.Length, period - from.Length).Clear();
            }
            using CkksPlaintext plaintext = _encoder.Encode(_slots, RoomContract.Magnitude, contract.Values[value].Scale, level);
            blocks[block] = _encryptor.Encrypt(plaintext);
        }
        return blocks;
    }

    private void Read(int value, string name, int level, IReadOnlyList<CkksCiphertext> blocks, Span<double> numbers)
    {
        SlotLayout layout = contract.LayoutOf(value);
        if (blocks.Count != layout.Blocks) throw new RoomException(RoomFault.WrongCount, $"'{name}' takes {layout.Blocks} ciphertexts, not {blocks.Count}");
        RoomValue expected = contract.Values[value];
        foreach (CkksCiphertext block in blocks)
            if (block.Level != level || block.Scale != expected.Scale || block.Estimate.Deviation > expected.Deviation)
                throw new RoomException(RoomFault.WrongCiphertext, $"'{name}' takes ciphertexts of level {level} and scale 2^{Math.Log2(expected.Scale):F1} "
                    + $"with noise of at most 2^{Math.Log2(expected.Deviation):F1}");
        int period = layout.Period * layout.Images;
        for (int block = 0; block < blocks.Count; block++)
        {
            Span<double> to = numbers.Slice(block * period, Math.Min(period, numbers.Length - block * period));
            using CkksPlaintext plaintext = _decryptor.Decrypt(blocks[block]);
            _encoder.Decode(plaintext, _slots);
            _slots.AsSpan(0, to.Length).CopyTo(to);
        }
        projections?.Check(contract, value, name, numbers, _written);
    }
}
