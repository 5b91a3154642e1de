using Blindsight.Arithmetic.Randomness;

namespace Blindsight.HomomorphicEncryption.BaseOt;

/// <summary>
/// The choosing end of 128 base oblivious transfers from RLWE. Functionality: for each transfer j the sender obtains
/// two random keys, this end the one of its choice bit. Security: semi-honest; the choices are RLWE ciphertexts. A receiver
/// that encrypts other values than bits learns other linear combinations of the sender's pads. Source: ours; the
/// homomorphic choice c d + m is Gentry's folklore OT from additively homomorphic encryption.
/// </summary>
/// <remarks>
/// N = 4096, q of two 50-bit primes, 16 slots modulo 65537 for each transfer. Pads are (16 slots) m and m + d, keys their
/// hashes with session and index. Request and response carry b only; a comes from an XOF of the session.
/// </remarks>
public sealed class BaseOtReceiver : IDisposable
{
    private readonly BaseOtRing _ring = BaseOtRing.Shared;
    private readonly byte[] _session;
    private readonly double[][] _secret;

    /// <param name="session">Binds all randomness; distinct for each session and direction.</param>
    /// <param name="choices">128 bits, the first in bit 0 of byte 0.</param>
    public BaseOtReceiver(ReadOnlySpan<byte> session, ReadOnlySpan<byte> choices, Prg randomness)
    {
        if (choices.Length * 8 != BaseOtRing.Transfers) throw new ArgumentException("128 choice bits are needed.", nameof(choices));
        _session = session.ToArray();
        _secret = _ring.Transformed(_ring.Ternary(randomness));
        Request = new byte[RequestBytes];
        int bytes = _ring.ResidueBytes;
        WriteEncryption(BaseOtSender.PublicLabel, new uint[_ring.Size], randomness, Request.AsSpan(0, 2 * bytes));
        uint[] encoded = EncodeChoices(choices);
        WriteEncryption(BaseOtSender.ChoiceLabel, encoded, randomness, Request.AsSpan(2 * bytes));
        BaseOtRing.Clear<uint>(encoded);
    }

    /// <summary>Bytes of <see cref="Request"/>.</summary>
    public static int RequestBytes { get; } = 4 * BaseOtRing.Shared.ResidueBytes;

    /// <summary>The message to the sender.</summary>
    public byte[] Request { get; }

    /// <summary>Decrypts the sender's response to the 128 chosen keys of 16 bytes each.</summary>
    /// <exception cref="FormatException">The response is malformed.</exception>
    public void Finish(ReadOnlySpan<byte> response, Span<byte> keys)
    {
        BaseOtSender.CheckKeys(keys);
        if (response.Length != BaseOtSender.ResponseBytes) throw new FormatException("A base transfer response of the wrong length.");
        int bytes = _ring.ResidueBytes;
        double[] a = new double[_ring.Size], b = new double[_ring.Size], phase = new double[_ring.Size];
        _ring.Read(0, response[..bytes], a);
        _ring.Read(0, response[bytes..], b);
        _ring.Transform(0).Forward(a);
        _ring.Transform(0).Forward(b);
        b.CopyTo(phase, 0);
        _ring.MultiplyAdd(0, a, _secret[0], phase);
        _ring.Transform(0).Inverse(phase);
        uint[] slots = Decode(phase);
        BaseOtSender.Hash(_session, slots, keys);
        BaseOtRing.Clear<uint>(slots);
        BaseOtRing.Clear<double>(phase);
    }

    public void Dispose()
    {
        foreach (double[] residue in _secret) BaseOtRing.Clear<double>(residue);
    }

    private uint[] EncodeChoices(ReadOnlySpan<byte> choices)
    {
        uint[] slots = new uint[_ring.Size];
        for (int i = 0; i < BaseOtRing.Transfers * BaseOtRing.SlotsPerTransfer; i++)
        {
            int transfer = i / BaseOtRing.SlotsPerTransfer;
            slots[i] = (uint)(choices[transfer / 8] >> (transfer % 8)) & 1;
        }
        _ring.Slots.ToCoefficients(slots);
        return slots;
    }

    /// <summary>b = -a s + e + round(q m / t).</summary>
    private void WriteEncryption(string label, ReadOnlySpan<uint> plaintext, Prg randomness, Span<byte> message)
    {
        double[] error = _ring.Noise(randomness);
        double[][] a = _ring.Uniform(_session, label), b = _ring.Scaled(plaintext, [error, error]);
        int bytes = _ring.ResidueBytes;
        for (int prime = 0; prime < 2; prime++)
        {
            double[] negated = Array.ConvertAll(_secret[prime], value => -value);
            _ring.MultiplyAdd(prime, a[prime], negated, b[prime]);
            _ring.Write(prime, b[prime], message.Slice(prime * bytes, bytes));
            BaseOtRing.Clear<double>(negated);
        }
        BaseOtRing.Clear<double>(error);
    }

    /// <summary>round(phase t / p1) modulo t, to slots.</summary>
    private uint[] Decode(double[] phase)
    {
        double p = _ring.Prime(0);
        uint[] slots = new uint[_ring.Size];
        for (int i = 0; i < slots.Length; i++)
        {
            int rounded = (int)Math.Round(_ring.Modulus(0).Reduce(phase[i]) / p * SlotEncoder.Modulus);
            slots[i] = (uint)(rounded + ((rounded >> 31) & (int)SlotEncoder.Modulus)) % SlotEncoder.Modulus;
        }
        _ring.Slots.ToSlots(slots);
        return slots;
    }
}
