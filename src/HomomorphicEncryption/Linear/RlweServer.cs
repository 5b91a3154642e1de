using System.Collections.Concurrent;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// The server of linear layers, for one client's public key on one connection. See <see cref="RlweClient"/> for
/// functionality, security and source. Evaluate and Read may run beside each other and themselves; constant time in weights and randomness.
/// </summary>
public sealed unsafe class RlweServer : IDisposable
{
    private readonly RlweParameters _parameters;
    private readonly NegacyclicNtt _ntt;
    private readonly PrimeModulus _modulus;
    private readonly SeedExpansion _expansion;
    private readonly AlignedBuffer<double> _publicA, _publicB;
    private readonly Workspaces _workspaces;
    private readonly ConcurrentBag<AlignedBuffer<double>> _idle = [];

    /// <summary>Reads the client's public key.</summary>
    /// <param name="connectionBinding">As at the client.</param>
    /// <exception cref="FormatException">The key has a wrong length or a coefficient out of range.</exception>
    public RlweServer(RlweParameters parameters, ReadOnlySpan<byte> connectionBinding, ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != RlweClient.PublicKeyBytesFor(parameters))
            throw new FormatException($"a public key has {RlweClient.PublicKeyBytesFor(parameters)} bytes, not {publicKey.Length}");
        (_parameters, _ntt, _modulus) = (parameters, parameters.Transforms[0], parameters.Transforms[0].Modulus);
        _workspaces = new Workspaces(parameters.Degree);
        _publicA = new AlignedBuffer<double>(parameters.Degree);
        _publicB = new AlignedBuffer<double>(parameters.Degree);
        _expansion = new SeedExpansion(_modulus, connectionBinding, publicKey[..SeedExpansion.SeedBytes]);
        using AlignedBuffer<ulong> words = new(parameters.Degree);
        using (AesCounter stream = _expansion.PublicKey()) _expansion.Expand(stream, 0, _publicA.Span, words.Span);
        if (!Read(publicKey[SeedExpansion.SeedBytes..], 0, words.Span, _publicB.Span))
            throw new FormatException("a coefficient of the public key is not below the modulus");
    }

    /// <summary>Checks a request and expands its public polynomials, which the ids bind.</summary>
    /// <exception cref="FormatException">Wrong length, or a coefficient not below the modulus.</exception>
    public RequestCiphertexts Read(
        LinearRequest request, ulong inferenceId, uint layerId, ReadOnlySpan<byte> message, int degreeOfParallelism = 1)
    {
        if (message.Length != request.RequestBytes)
            throw new FormatException($"a request has {request.RequestBytes} bytes, not {message.Length}");
        PackingLayout layout = request.Layout;
        RequestCiphertexts ciphertexts = new(this, request, Rent(checked(2 * request.Blocks * _parameters.Degree)));
        int malformed = 0, dropped = request.DroppedBits, blockBytes = LinearRequest.BlockBytes(_parameters, dropped);
        using AesCounter stream = _expansion.Request(inferenceId, layerId, request.Index);
        fixed (byte* fixedMessage = message)
        {
            NativeSpan<byte> from = new(fixedMessage, message.Length);
            _workspaces.ForEach(request.Blocks, degreeOfParallelism, (block, workspace) =>
            {
                int cell = block / layout.BlocksPerBundle, row = block % layout.BlocksPerBundle;
                Span<double> polynomial = workspace.First.Span;
                _expansion.Expand(stream, block, polynomial, workspace.Words.Span);
                PreparedWeights.Interleave(polynomial, ciphertexts.Rows(cell, second: false), row, layout.BlocksPerBundle);
                if (!Read(from.Span.Slice(block * blockBytes, blockBytes), dropped, workspace.Words.Span, polynomial))
                    Volatile.Write(ref malformed, 1);
                PreparedWeights.Interleave(polynomial, ciphertexts.Rows(cell, second: true), row, layout.BlocksPerBundle);
            });
        }
        if (malformed == 0) return ciphertexts;
        ciphertexts.Dispose();
        throw new FormatException("a coefficient of a request is not below the modulus");
    }

    /// <summary>
    /// For each output polynomial (a', b') = sum of blocks times weights; a'' = a' + a_pk*u + e1, b'' = b' + b_pk*u + U with
    /// fresh ternary u, error e1 and uniform U; the response holds high bits of a'' and of the used coefficients of b''.
    /// Given the secret key, a'' is a ring-LWE sample and the phase is uniform.
    /// </summary>
    /// <param name="response">Exactly <see cref="LinearPacking.ResponseBytes"/>.</param>
    /// <param name="share">The server's share -round(U * 2^32 / q) of every output: channel, row, column.</param>
    /// <param name="fresh">Gives one seed. Not used elsewhere at the same time.</param>
    public void Evaluate(PreparedWeights weights, RequestCiphertexts request, Span<byte> response, Span<uint> share, Prg fresh,
        int degreeOfParallelism = 1)
    {
        LinearPacking packing = weights.Packing;
        if (!ReferenceEquals(packing.Request, request.Request)) throw new ArgumentException("The weights are packed for another request.");
        if (response.Length != packing.ResponseBytes || share.Length != packing.Geometry.OutElements)
            throw new ArgumentException("The response or the share has another length than the packing says.");
        using AesCounter noise = KeyStream.From(fresh);
        fixed (byte* fixedResponse = response)
        fixed (uint* fixedShare = share)
        {
            NativeSpan<byte> to = new(fixedResponse, response.Length);
            NativeSpan<uint> shares = new(fixedShare, share.Length);
            int perTile = packing.PreparedPolynomials, kept = weights.Kept, tiles = packing.Request.Layout.Tiles;
            _workspaces.ForEach(tiles * kept, degreeOfParallelism, (i, workspace) =>
                One(weights.Rows(i % kept), i / kept * perTile + i % kept, workspace));
            // The others are transformed once for all tiles, and only one of a thread exists at a time.
            _workspaces.ForEach(perTile - kept, degreeOfParallelism, (i, workspace) =>
            {
                Span<double> rows = workspace.Rows(PreparedWeights.RowsLength(packing));
                weights.Transform(kept + i, workspace.First.Span, rows);
                for (int tile = 0; tile < tiles; tile++) One(rows, tile * perTile + kept + i, workspace);
            });

            void One(ReadOnlySpan<double> rows, int index, Workspace workspace)
            {
                int start = packing.ResponseOffsets[index], end = packing.ResponseOffsets[index + 1];
                if (start < end) Evaluate(packing, rows, request, index, noise, workspace, to.Span[start..end], shares.Span);
            }
        }
    }

    /// <summary>Frees the memory; nothing may be running.</summary>
    public void Dispose()
    {
        _publicA.Dispose();
        _publicB.Dispose();
        _workspaces.Dispose();
        while (_idle.TryTake(out AlignedBuffer<double>? buffer)) buffer.Dispose();
    }

    internal void Return(AlignedBuffer<double> buffer) => _idle.Add(buffer);

    private void Evaluate(LinearPacking packing, ReadOnlySpan<double> weights, RequestCiphertexts request, int index, AesCounter noise,
        Workspace workspace, Span<byte> response, Span<uint> share)
    {
        Span<double> a = workspace.First.Span, b = workspace.Second.Span, u = workspace.Third.Span;
        Span<ulong> words = workspace.Words.Span;
        int cell = index / packing.PolynomialsPerBundle;
        Dot(weights, request.Rows(cell, second: false), request.Rows(cell, second: true), a, b);

        ulong counter = (ulong)index * (4 * SeedExpansion.StreamBlocks);
        ResidueSampler.Ternary(noise, counter, u);
        _ntt.Forward(u);
        ResidueVector.MultiplyAdd(_modulus, u, _publicA.Span, a);
        ResidueVector.MultiplyAdd(_modulus, u, _publicB.Span, b);
        _ntt.Inverse(a);
        _ntt.Inverse(b);
        ResidueSampler.AddNoise(noise, counter + SeedExpansion.StreamBlocks, a, words);
        int maskBytes = BitPacking.PackedBytes(_parameters.Degree, packing.MaskBits);
        for (int i = 0; i < words.Length; i++) words[i] = _modulus.RoundToPowerOfTwo(_modulus.Reduce(a[i]), packing.MaskBits);
        BitPacking.Pack<ulong>(words, packing.MaskBits, response[..maskBytes]);

        PackedOutputs outputs = packing.Outputs(index);
        Span<int> coefficients = workspace.Coefficients.Span, elements = workspace.Elements.Span;
        packing.Places(outputs, coefficients, elements);
        Span<ulong> phase = words[..outputs.Count];
        ResidueSampler.Uniform(_modulus, noise, counter + 2 * SeedExpansion.StreamBlocks, phase);
        int positions = outputs.Rows * outputs.Columns;
        for (int run = 0, i = 0; run < outputs.Groups * outputs.Channels; run++)
        {
            int accumulatorBits = packing.AccumulatorBits(outputs, run);
            uint kept = (uint)BitPacking.Mask(accumulatorBits);
            for (int end = i + positions; i < end; i++)
            {
                double uniform = phase[i];
                share[elements[i]] = (0 - (uint)_modulus.RoundToPowerOfTwo(uniform, accumulatorBits)) & kept;
                // Reduced first: the rounding must be a function of the sum modulo p, or its low bits would depend on b alone.
                phase[i] = _modulus.RoundToPowerOfTwo(_modulus.Reduce(b[coefficients[i]] + uniform), packing.BodyBits);
            }
        }
        BitPacking.Pack<ulong>(phase, packing.BodyBits, response[maskBytes..]);
        u.Clear();
        words.Clear();
    }

    private void Dot(ReadOnlySpan<double> weights, ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> a, Span<double> b)
    {
        const int lanes = ResidueVector.DotLanes;
        int rows = weights.Length / a.Length * lanes;
        for (int lane = 0, at = 0; lane < a.Length; lane += lanes, at += rows)
            ResidueVector.Dot(_modulus, weights.Slice(at, rows), first.Slice(at, rows), second.Slice(at, rows),
                a.Slice(lane, lanes), b.Slice(lane, lanes));
    }

    /// <summary>
    /// The transform of coefficients from the wire, the dropped bits replaced by their mean, rounded up and down in turn. Returns whether
    /// all are canonical. The time does not depend on them.
    /// </summary>
    private bool Read(ReadOnlySpan<byte> packed, int droppedBits, Span<ulong> words, Span<double> result)
    {
        bool wellFormed = BitPacking.Unpack(packed, CiphertextWidths.ResidueBits - droppedBits, words);
        ulong excess = 0, most = (_modulus.Value - 1) >> droppedBits, half = (1UL << droppedBits) >> 1, odd = half > 0 ? 1u : 0u;
        for (int i = 0; i < words.Length; i++)
        {
            excess |= most - words[i];
            result[i] = _modulus.FromCanonical((words[i] << droppedBits) + half - ((uint)i & odd));
        }
        _ntt.Forward(result);
        return wellFormed && excess >> 63 == 0;
    }

    private AlignedBuffer<double> Rent(int length)
    {
        if (_idle.TryTake(out AlignedBuffer<double>? buffer))
        {
            if (buffer.Length >= length) return buffer;
            buffer.Dispose();
        }
        return new AlignedBuffer<double>(length);
    }
}
