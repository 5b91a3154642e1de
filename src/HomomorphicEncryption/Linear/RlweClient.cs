using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// The client of linear layers: holds the secret key of one connection, encrypts masks and decrypts its shares of products.
/// Functionality of the whole: the server obtains W*r + err - c for uniform c, the client c; err depends on the weights
/// and is bounded by <see cref="LinearPacking.PredictedNoise"/>, so accumulators may be opened only after truncation. Security: semi-honest,
/// under ring-LWE. Source: Huang and others, "Cheetah", USENIX Security 2022, figure 3; departures: circuit
/// privacy by a fresh encryption of zero and a uniform phase instead of flooding; low bits of b stay behind. Encrypt may run
/// beside Decrypt, and Decrypt beside itself; constant time in keys and messages.
/// </summary>
public sealed unsafe class RlweClient : IDisposable
{
    private readonly RlweParameters _parameters;
    private readonly NegacyclicNtt _ntt;
    private readonly PrimeModulus _modulus;
    private readonly Prg _prg;
    private readonly SeedExpansion _expansion;
    private readonly AlignedBuffer<double> _secret;
    private readonly byte[] _publicKey;
    private readonly Workspaces _workspaces;
    private readonly Dictionary<(uint Layer, int Request), ulong> _used = [];
    private readonly Lock _lock = new();

    /// <summary>Draws a key pair.</summary>
    /// <param name="connectionBinding">What both ends agree to be this connection and no other: a hash of the handshake.</param>
    /// <param name="prg">Gives one seed; not disposed here.</param>
    public RlweClient(RlweParameters parameters, ReadOnlySpan<byte> connectionBinding, Prg prg)
    {
        (_parameters, _ntt, _modulus) = (parameters, parameters.Transforms[0], parameters.Transforms[0].Modulus);
        Span<byte> key = stackalloc byte[Prg.SeedBytes];
        prg.Fill(key);
        _prg = new Prg(key);
        CryptographicOperations.ZeroMemory(key);
        _workspaces = new Workspaces(parameters.Degree);
        _secret = new AlignedBuffer<double>(parameters.Degree);
        using (AesCounter stream = KeyStream.From(_prg)) ResidueSampler.Ternary(stream, 0, _secret.Span);
        _ntt.Forward(_secret.Span);
        _publicKey = new byte[PublicKeyBytes];
        Span<byte> seed = _publicKey.AsSpan(0, SeedExpansion.SeedBytes);
        _prg.Fill(seed);
        _expansion = new SeedExpansion(_modulus, connectionBinding, seed);
        using AesCounter publicStream = _expansion.PublicKey(), noise = KeyStream.From(_prg);
        _workspaces.ForEach(1, 1, (_, workspace) =>
        {
            workspace.First.Span.Clear();
            Encrypt(publicStream, 0, noise, workspace, 0, _publicKey.AsSpan(SeedExpansion.SeedBytes));
        });
    }

    /// <summary>Length of <see cref="WritePublicKey"/>'s message.</summary>
    public int PublicKeyBytes => PublicKeyBytesFor(_parameters);

    /// <summary>Length of a public key for these parameters: a seed and one polynomial.</summary>
    public static int PublicKeyBytesFor(RlweParameters parameters) => SeedExpansion.SeedBytes + LinearRequest.BlockBytes(parameters, 0);

    /// <summary>The public key: seed of a, and b = -a*s + e.</summary>
    public void WritePublicKey(Span<byte> message) => _publicKey.CopyTo(message);

    /// <summary>
    /// Encrypts a mask. Ids bind the public polynomials; of one layer and request, each inference must be larger than the one
    /// before, so that no seed serves twice.
    /// </summary>
    /// <param name="r">All elements of the tensor.</param>
    /// <param name="message">Exactly <see cref="LinearRequest.RequestBytes"/>.</param>
    /// <exception cref="InvalidOperationException">The ids were used before.</exception>
    public void Encrypt(LinearRequest request, ulong inferenceId, uint layerId, ReadOnlySpan<uint> r, Span<byte> message,
        int degreeOfParallelism = 1)
    {
        if (r.Length != request.InElements || message.Length != request.RequestBytes)
            throw new ArgumentException("The mask or the message has another length than the request.");
        Use(layerId, request.Index, inferenceId);
        using AesCounter stream = _expansion.Request(inferenceId, layerId, request.Index), noise = NewStream();
        int dropped = request.DroppedBits, blockBytes = LinearRequest.BlockBytes(_parameters, dropped);
        fixed (uint* fixedMask = r)
        fixed (byte* fixedMessage = message)
        {
            NativeSpan<uint> mask = new(fixedMask, r.Length);
            NativeSpan<byte> to = new(fixedMessage, message.Length);
            _workspaces.ForEach(request.Blocks, degreeOfParallelism, (block, workspace) =>
            {
                Span<uint> ring = workspace.Ring.Span;
                request.Gather(block, mask.Span, ring);
                Scale(ring, workspace.First.Span);
                ring.Clear();
                Encrypt(stream, block, noise, workspace, dropped, to.Span.Slice(block * blockBytes, blockBytes));
            });
        }
    }

    /// <summary>The client's share of W*r from the server's response.</summary>
    /// <param name="response">Exactly <see cref="LinearPacking.ResponseBytes"/>.</param>
    /// <param name="share">All outputs: channel, row, column.</param>
    /// <exception cref="FormatException">The response is malformed.</exception>
    public void Decrypt(LinearPacking packing, ReadOnlySpan<byte> response, Span<uint> share, int degreeOfParallelism = 1)
    {
        if (response.Length != packing.ResponseBytes)
            throw new FormatException($"a response has {packing.ResponseBytes} bytes, not {response.Length}");
        if (share.Length != packing.Geometry.OutElements) throw new ArgumentException("The share has another length than the output.");
        int malformed = 0;
        fixed (byte* fixedResponse = response)
        fixed (uint* fixedShare = share)
        {
            NativeSpan<byte> from = new(fixedResponse, response.Length);
            NativeSpan<uint> to = new(fixedShare, share.Length);
            _workspaces.ForEach(packing.Polynomials, degreeOfParallelism, (index, workspace) =>
            {
                int start = packing.ResponseOffsets[index], end = packing.ResponseOffsets[index + 1];
                if (start < end && !Decrypt(packing, index, from.Span[start..end], workspace, to.Span)) Volatile.Write(ref malformed, 1);
            });
        }
        if (malformed != 0) throw new FormatException("the unused bits of a response are not zero");
    }

    /// <summary>Clears the secret key.</summary>
    public void Dispose()
    {
        _secret.Dispose();
        _workspaces.Dispose();
        _prg.Dispose();
    }

    /// <summary>message = -a*s + e + First without its low bits, packed; a is drawn as a transform.</summary>
    private void Encrypt(AesCounter stream, int block, AesCounter noise, Workspace workspace, int droppedBits, Span<byte> message)
    {
        Span<double> b = workspace.First.Span, a = workspace.Second.Span;
        Span<ulong> words = workspace.Words.Span;
        ResidueSampler.AddNoise(noise, (ulong)block * SeedExpansion.StreamBlocks, b, words);
        _expansion.Expand(stream, block, a, words);
        ResidueVector.Multiply(_modulus, a, _secret.Span, a);
        _ntt.Inverse(a);
        for (int i = 0; i < b.Length; i++) words[i] = _modulus.ToCanonical(b[i] - a[i]) >> droppedBits;
        BitPacking.Pack<ulong>(words, CiphertextWidths.ResidueBits - droppedBits, message);
        b.Clear();
        a.Clear();
    }

    /// <summary>result = round(q*r / 2^32), reduced; exact, in halves of q.</summary>
    private void Scale(ReadOnlySpan<uint> r, Span<double> result)
    {
        ulong high = _modulus.Value >> 32, low = (uint)_modulus.Value;
        for (int i = 0; i < r.Length; i++) result[i] = _modulus.FromCanonical(high * r[i] + (low * r[i] + (1UL << 31) >> 32));
    }

    /// <summary>
    /// Phase = b + a*s modulo 2^MaskBits on the rounded coefficients: an exact integer below 2^35 * N. The share of channel c is it rounded
    /// to l bits and the channel's shift: higher bits would be dropped.
    /// </summary>
    private bool Decrypt(LinearPacking packing, int index, ReadOnlySpan<byte> polynomial, Workspace workspace, Span<uint> share)
    {
        int maskBits = packing.MaskBits, bodyBits = packing.BodyBits;
        int maskBytes = BitPacking.PackedBytes(_parameters.Degree, maskBits);
        Span<ulong> words = workspace.Words.Span;
        Span<double> a = workspace.First.Span;
        bool wellFormed = BitPacking.Unpack(polynomial[..maskBytes], maskBits, words);
        for (int i = 0; i < words.Length; i++) a[i] = (long)(words[i] << (64 - maskBits)) >> (64 - maskBits);
        _ntt.Forward(a);
        ResidueVector.Multiply(_modulus, a, _secret.Span, a);
        _ntt.Inverse(a);
        PackedOutputs outputs = packing.Outputs(index);
        Span<int> coefficients = workspace.Coefficients.Span, elements = workspace.Elements.Span;
        packing.Places(outputs, coefficients, elements);
        Span<ulong> body = words[..outputs.Count];
        wellFormed &= BitPacking.Unpack(polynomial[maskBytes..], bodyBits, body);
        int positions = outputs.Rows * outputs.Columns;
        for (int run = 0, i = 0; run < outputs.Groups * outputs.Channels; run++)
        {
            int accumulatorBits = packing.AccumulatorBits(outputs, run);
            int drop = Math.Max(0, maskBits - accumulatorBits), fill = Math.Max(0, accumulatorBits - maskBits);
            ulong half = (1UL << drop) >> 1, kept = BitPacking.Mask(accumulatorBits);
            for (int end = i + positions; i < end; i++)
            {
                ulong phase = (ulong)(long)_modulus.Reduce(a[coefficients[i]]) + (body[i] << (maskBits - bodyBits));
                share[elements[i]] = (uint)(((phase + half) >> drop << fill) & kept);
            }
        }
        return wellFormed;
    }

    private AesCounter NewStream()
    {
        lock (_lock) return KeyStream.From(_prg);
    }

    private void Use(uint layerId, int requestIndex, ulong inferenceId)
    {
        lock (_lock)
        {
            ref ulong next = ref CollectionsMarshal.GetValueRefOrAddDefault(_used, (layerId, requestIndex), out _);
            if (inferenceId < next || inferenceId == ulong.MaxValue)
                throw new InvalidOperationException($"The seeds of layer {layerId} up to inference {next} were used before.");
            next = inferenceId + 1;
        }
    }
}
