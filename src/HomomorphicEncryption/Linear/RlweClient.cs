using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// The client of a linear layer on shares modulo 2^32. Functionality: for the client's r and the server's W, the client gets a
/// uniform c and the server W*r + err - c, err within <see cref="LinearPacking.NoiseBound"/>. Semi-honest. b = -a*s + e + round(q*r/2^32) for fresh
/// (inference, layer); the answer's phase, rounded to 32 bits, is the client's share. Since the client knows e, an error
/// says something of the weights: sums of shares must never be opened as they are, only truncated.
/// Construction: LPR encryption with uniform masking of the phase (docs/PROTOCOLS). Constant time. Not thread-safe.
/// </summary>
public sealed class RlweClient : IDisposable
{
    private readonly RlweParameters _parameters;
    private readonly NegacyclicNtt _ring;
    private readonly byte[] _connection;
    private readonly Prg _randomness;
    private readonly SmallSampler _gaussian;
    private readonly AlignedBuffer<double> _negatedSecret, _publicKey;
    private readonly HashSet<(ulong Inference, uint Layer)> _encrypted = [];

    /// <summary>Draws a secret and its public key.</summary>
    /// <param name="parameters">One prime.</param>
    /// <param name="connectionBinding">Public and fresh for each connection, contributed to by both parties; at least 16 bytes.</param>
    /// <param name="randomness">The client's own; not disposed here.</param>
    public RlweClient(RlweParameters parameters, ReadOnlySpan<byte> connectionBinding, Prg randomness)
    {
        (_parameters, _ring, _randomness) = (parameters, RlweServer.OneRing(parameters, connectionBinding), randomness);
        _connection = connectionBinding.ToArray();
        _gaussian = SmallSampler.Gaussian(parameters.ErrorDeviation);
        _negatedSecret = new AlignedBuffer<double>(parameters.Size);
        _publicKey = new AlignedBuffer<double>(parameters.Size);
        SmallSampler.Ternary.Fill(randomness, _negatedSecret.Span);
        _ring.Forward(_negatedSecret.Span);
        using AlignedBuffer<double> mask = new(parameters.Size);
        WireFormat.PublicKeyMask(_ring, _connection, mask.Span);
        _gaussian.Fill(randomness, _publicKey.Span);
        _ring.Forward(_publicKey.Span);
        _ring.MultiplyAdd(mask.Span, _negatedSecret.Span, _publicKey.Span);
    }

    /// <summary>Length of the public key.</summary>
    public int PublicKeyBytes => PublicKeyBytesFor(_parameters);

    /// <summary>Length of a public key under given parameters, for the server that waits for it.</summary>
    public static int PublicKeyBytesFor(RlweParameters parameters) => WireFormat.RequestPolynomialBytes(parameters.Size);

    /// <summary>Writes the public key, sent once for a connection.</summary>
    public void WritePublicKey(Span<byte> publicKey)
    {
        WireFormat.CheckLength(publicKey.Length, PublicKeyBytes, "the public key");
        WireFormat.WriteTransform(_ring, _publicKey.Span, publicKey);
    }

    /// <summary>Encrypts a layer's input.</summary>
    /// <param name="inference">Number of the inference on this connection.</param>
    /// <param name="layer">Number of the tensor; one request serves all packings made by <see cref="LinearPacking.ChooseShared"/>.</param>
    /// <param name="r">InChannels x InHeight x InWidth elements of Z_2^32; secret.</param>
    /// <param name="request">Exactly RequestBytes.</param>
    /// <exception cref="InvalidOperationException">Inference and layer were used before.</exception>
    public void Encrypt(LinearPacking packing, ulong inference, uint layer, ReadOnlySpan<uint> r, Span<byte> request)
    {
        RlweServer.CheckSize(_parameters, packing);
        WireFormat.CheckLength(r.Length, packing.Geometry.InElements, "the input");
        WireFormat.CheckLength(request.Length, packing.RequestBytes, "the request");
        if (!_encrypted.Add((inference, layer)))
            throw new InvalidOperationException($"Layer {layer} of inference {inference} was encrypted before.");
        using AlignedBuffer<uint> plain = new(packing.Size);
        using AlignedBuffer<double> mask = new(packing.Size), value = new(packing.Size);
        int bytes = WireFormat.RequestPolynomialBytes(packing.Size);
        for (int polynomial = 0; polynomial < packing.RequestPolynomials; polynomial++)
        {
            packing.Input.Gather(polynomial, r, plain.Span);
            _gaussian.Fill(_randomness, value.Span);
            AddEncoded(plain.Span, value.Span);
            _ring.Forward(value.Span);
            WireFormat.RequestMask(_ring, _connection, inference, layer, polynomial, mask.Span);
            _ring.MultiplyAdd(mask.Span, _negatedSecret.Span, value.Span);
            WireFormat.WriteTransform(_ring, value.Span, request.Slice(polynomial * bytes, bytes));
        }
    }

    /// <summary>Computes the client's share of the layer's output from the server's answer.</summary>
    /// <param name="response">Exactly ResponseBytes.</param>
    /// <param name="clientShare">OutChannels x OutHeight x OutWidth elements of Z_2^32.</param>
    /// <exception cref="FormatException">The answer is malformed.</exception>
    public void Decrypt(LinearPacking packing, ReadOnlySpan<byte> response, Span<uint> clientShare)
    {
        RlweServer.CheckSize(_parameters, packing);
        WireFormat.CheckMessage(response.Length, packing.ResponseBytes, "response");
        WireFormat.CheckLength(clientShare.Length, packing.Geometry.OutElements, "the share");
        using AlignedBuffer<double> mask = new(packing.Size), product = new(packing.Size);
        using AlignedBuffer<ulong> residues = new(packing.Size);
        int[] coefficients = new int[packing.Size], elements = new int[packing.Size];
        for (int polynomial = 0; polynomial < packing.ResponsePolynomials; polynomial++)
        {
            OutputBlock block = packing.OutputsOf(polynomial);
            if (block.Count == 0) continue;
            ReadOnlySpan<byte> bytes = response[..packing.ResponsePolynomialBytes(polynomial)];
            response = response[bytes.Length..];
            int maskBytes = BitPacking.PackedBytes(packing.Size, WireFormat.MaskBits);
            Read(bytes[..maskBytes], WireFormat.MaskBits, WireFormat.MaskDroppedBits, residues.Span);
            _ring.FromCanonical(residues.Span, mask.Span);
            _ring.Forward(mask.Span);
            product.Span.Clear();
            _ring.MultiplyAdd(mask.Span, _negatedSecret.Span, product.Span);
            _ring.Inverse(product.Span);
            Span<ulong> values = residues.Span[..block.Count];
            Read(bytes[maskBytes..], WireFormat.ValueBits, WireFormat.ValueDroppedBits, values);
            packing.Locate(block, coefficients, elements);
            double scale = WireFormat.Scale(_ring);
            for (int i = 0; i < values.Length; i++)
                clientShare[elements[i]] = (uint)(long)Math.Floor(((long)values[i] - product.Span[coefficients[i]]) * scale + 0.5);
        }
    }

    /// <summary>Clears the secret.</summary>
    public void Dispose()
    {
        _negatedSecret.Dispose();
        _publicKey.Dispose();
    }

    /// <summary>values += round(q*r/2^32) with r in [-2^31, 2^31); sums stay below p.</summary>
    private void AddEncoded(ReadOnlySpan<uint> plain, Span<double> values)
    {
        ulong high = _ring.Modulus.Value >> 32, low = (uint)_ring.Modulus.Value;
        long p = (long)_ring.Modulus.Value;
        for (int i = 0; i < values.Length; i++)
        {
            // p*r + 2^31 below 2^81, its bits from 32 on: the low product and 2^31 stay below 2^64.
            ulong r = plain[i];
            long rounded = (long)(high * r + ((low * r + (1UL << 31)) >> 32));
            values[i] += rounded - (-(long)(r >> 31) & p);
        }
    }

    /// <summary>Reads truncated residues and places them in the middle of what they stand for.</summary>
    private void Read(ReadOnlySpan<byte> bytes, int bits, int droppedBits, Span<ulong> residues)
    {
        if (!BitPacking.Unpack(bytes, bits, residues)) throw new FormatException("Bits follow the last residue.");
        WireFormat.CheckBelow(residues, (_ring.Modulus.Value >> droppedBits) + 1);
        for (int i = 0; i < residues.Length; i++) residues[i] = (residues[i] << droppedBits) + (1UL << (droppedBits - 1));
    }
}
