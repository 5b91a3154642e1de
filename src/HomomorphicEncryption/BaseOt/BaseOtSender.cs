using System.Buffers.Binary;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.BaseOt;

/// <summary>The offering end of 128 base oblivious transfers from RLWE; see <see cref="BaseOtReceiver"/>.</summary>
/// <remarks>
/// Returns a'' = a d + a_pk u + e1 and b'' = b d + b_pk u + q/t m + F with u ternary and F uniform below 2^81 in absolute value, which
/// hides the error of the product, which is below 2^25 but for a negligible probability (rms 2^22), to a distance of 2^-57
/// for each coefficient and 2^-45 for a response; then switched to the first prime. The sum stays below q / 2t = 2^83, so that decryption is exact.
/// </remarks>
public static class BaseOtSender
{
    internal const string PublicLabel = "base OT public key", ChoiceLabel = "base OT choices";

    private const int FloodingBits = 82;

    /// <summary>Bytes of a response.</summary>
    public static int ResponseBytes { get; } = 2 * BaseOtRing.Shared.ResidueBytes;

    /// <summary>Answers a request; <paramref name="zero"/> and <paramref name="one"/> receive 128 keys of 16 bytes each.</summary>
    /// <exception cref="FormatException">The request is malformed.</exception>
    public static byte[] Respond(
        ReadOnlySpan<byte> session, ReadOnlySpan<byte> request, Prg randomness, Span<byte> zero, Span<byte> one)
    {
        CheckKeys(zero);
        CheckKeys(one);
        if (request.Length != BaseOtReceiver.RequestBytes) throw new FormatException("A base transfer request of the wrong length.");
        BaseOtRing ring = BaseOtRing.Shared;
        uint[] pads = UniformSlots(ring.Size, randomness), differences = UniformSlots(ring.Size, randomness);
        uint[] others = new uint[ring.Size];
        for (int i = 0; i < others.Length; i++) others[i] = (pads[i] + differences[i]) % SlotEncoder.Modulus;
        Hash(session, pads, zero);
        Hash(session, others, one);
        ring.Slots.ToCoefficients(pads);
        ring.Slots.ToCoefficients(differences);
        BaseOtRing.Clear<uint>(others);
        try
        {
            return Answer(ring, session, request, randomness, pads, differences);
        }
        finally
        {
            BaseOtRing.Clear<uint>(pads);
            BaseOtRing.Clear<uint>(differences);
        }
    }

    /// <exception cref="ArgumentException">Not 128 keys of 16 bytes.</exception>
    internal static void CheckKeys(ReadOnlySpan<byte> keys)
    {
        if (keys.Length != BaseOtRing.Transfers * BaseOtRing.KeyBytes)
            throw new ArgumentException("128 keys of 16 bytes are needed.", nameof(keys));
    }

    /// <summary>Key j is the hash of session, index j and the transfer's slots.</summary>
    internal static void Hash(ReadOnlySpan<byte> session, ReadOnlySpan<uint> slots, Span<byte> keys)
    {
        const int Slots = BaseOtRing.SlotsPerTransfer;
        byte[] input = new byte[session.Length + 4 + 4 * Slots];
        session.CopyTo(input);
        Span<byte> digest = stackalloc byte[32];
        for (int transfer = 0; transfer < BaseOtRing.Transfers; transfer++)
        {
            Span<byte> rest = input.AsSpan(session.Length);
            BinaryPrimitives.WriteInt32LittleEndian(rest, transfer);
            for (int i = 0; i < Slots; i++) BinaryPrimitives.WriteUInt32LittleEndian(rest[(4 + 4 * i)..], slots[transfer * Slots + i]);
            SHA256.HashData(input, digest);
            digest[..BaseOtRing.KeyBytes].CopyTo(keys.Slice(transfer * BaseOtRing.KeyBytes, BaseOtRing.KeyBytes));
        }
        CryptographicOperations.ZeroMemory(input);
    }

    private static byte[] Answer(
        BaseOtRing ring, ReadOnlySpan<byte> session, ReadOnlySpan<byte> request, Prg randomness, uint[] pads, uint[] differences)
    {
        double[] centred = Array.ConvertAll(differences, value => (double)((int)value
            - ((((int)SlotEncoder.Modulus / 2 - (int)value) >> 31) & (int)SlotEncoder.Modulus)));
        double[][] d = ring.Transformed(centred), u = ring.Transformed(ring.Ternary(randomness));
        double[][] a = ring.Transformed(ring.Noise(randomness)), b = ring.Scaled(pads, Flooding(ring, randomness));
        double[][] publicKey = ring.Uniform(session, PublicLabel), choices = ring.Uniform(session, ChoiceLabel);
        double[] received = new double[ring.Size];
        int bytes = ring.ResidueBytes;
        for (int prime = 0; prime < 2; prime++)
        {
            ring.MultiplyAdd(prime, choices[prime], d[prime], a[prime]);
            ring.MultiplyAdd(prime, publicKey[prime], u[prime], a[prime]);
            ring.Read(prime, request.Slice(prime * bytes, bytes), received);
            ring.MultiplyAdd(prime, received, u[prime], b[prime]);
            ring.Read(prime, request.Slice((2 + prime) * bytes, bytes), received);
            ring.MultiplyAdd(prime, received, d[prime], b[prime]);
        }
        byte[] response = new byte[ResponseBytes];
        WriteSwitched(ring, a, response.AsSpan(0, bytes));
        WriteSwitched(ring, b, response.AsSpan(bytes));
        foreach (double[] secret in (double[][])[centred, .. d, .. u]) BaseOtRing.Clear<double>(secret);
        return response;
    }

    /// <summary>round(x / p2) modulo p1 = (x1 - x2) / p2 with x2 centred.</summary>
    private static void WriteSwitched(BaseOtRing ring, double[][] x, Span<byte> message)
    {
        PrimeModulus modulus = ring.Modulus(0), other = ring.Modulus(1);
        double inverse = modulus.FromCanonical(modulus.Power(other.Value, modulus.Value - 2));
        ring.Transform(0).Inverse(x[0]);
        ring.Transform(1).Inverse(x[1]);
        double[] switched = new double[ring.Size];
        for (int i = 0; i < switched.Length; i++)
        {
            double difference = modulus.Reduce(x[0][i] - other.Reduce(x[1][i]));
            switched[i] = modulus.Multiply(difference, inverse);
        }
        ring.Write(0, switched, message);
    }

    /// <summary>Uniform integers of 82 bits less 2^81, modulo both primes.</summary>
    private static double[][] Flooding(BaseOtRing ring, Prg randomness)
    {
        const int Half = FloodingBits / 2;
        const ulong HalfMask = (1UL << Half) - 1;
        ulong[] halves = new ulong[2 * ring.Size];
        randomness.Fill<ulong>(halves);
        double[][] flooding = ring.New();
        for (int prime = 0; prime < 2; prime++)
        {
            PrimeModulus modulus = ring.Modulus(prime);
            for (int i = 0; i < ring.Size; i++)
            {
                double high = (long)(halves[2 * i] & HalfMask) - (1L << (Half - 1));
                double low = halves[2 * i + 1] & HalfMask;
                flooding[prime][i] = modulus.Multiply(high, 1L << Half) + low;
            }
        }
        return flooding;
    }

    private static uint[] UniformSlots(int count, Prg randomness)
    {
        ulong[] words = new ulong[count];
        randomness.Fill<ulong>(words);
        return Array.ConvertAll(words, word => (uint)(word % SlotEncoder.Modulus));
    }
}
