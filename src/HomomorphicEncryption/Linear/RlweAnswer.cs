using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// An answer in the making. Each polynomial has its own seed and its own place in bytes and share, so polynomials may be
/// computed in any order and at the same time.
/// </summary>
internal sealed class RlweAnswer : IDisposable
{
    private readonly LinearPacking _packing;
    private readonly AlignedBuffer<byte> _bytes, _seeds;
    private readonly AlignedBuffer<uint> _share;
    private readonly int[] _offsets;

    public RlweAnswer(LinearPacking packing, Prg fresh)
    {
        _packing = packing;
        _bytes = new AlignedBuffer<byte>(packing.ResponseBytes);
        _share = new AlignedBuffer<uint>(packing.Geometry.OutElements);
        _seeds = new AlignedBuffer<byte>(checked(packing.ResponsePolynomials * Prg.SeedBytes));
        _offsets = new int[packing.ResponsePolynomials + 1];
        fresh.Fill(_seeds.Span);
        for (int i = 0; i < packing.ResponsePolynomials; i++) _offsets[i + 1] = _offsets[i] + packing.ResponsePolynomialBytes(i);
    }

    public ReadOnlySpan<byte> Bytes => _bytes.Span;

    public ReadOnlySpan<uint> Share => _share.Span;

    /// <summary>Computes, masks and writes one polynomial.</summary>
    public void Compute(int polynomial, RlweServer server, RlweRequest request, PreparedWeights weights)
    {
        OutputBlock block = _packing.OutputsOf(polynomial);
        if (block.Count == 0) return;
        using AlignedBuffer<double> maskSum = new(_packing.Size), valueSum = new(_packing.Size), scratch = new(_packing.Size);
        int group = polynomial % _packing.OutputGroups, tile = polynomial / _packing.OutputGroups;
        (int first, int count) = _packing.PlaneGroupsOf(group);
        first += tile * _packing.Input.PlaneGroups;
        server.Ring.InnerProducts(
            request.Masks(first, count), request.Values(first, count), weights.Polynomials(group), maskSum.Span, valueSum.Span);
        using Prg fresh = new(_seeds.Span.Slice(polynomial * Prg.SeedBytes, Prg.SeedBytes));
        server.Randomise(fresh, maskSum.Span, valueSum.Span, scratch.Span);
        Span<byte> bytes = _bytes.Span[_offsets[polynomial].._offsets[polynomial + 1]];
        int maskBytes = BitPacking.PackedBytes(_packing.Size, WireFormat.MaskBits);
        WriteMask(server.Ring, maskSum.Span, bytes[..maskBytes]);
        WriteValues(server.Ring, fresh, block, valueSum.Span, bytes[maskBytes..]);
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _share.Dispose();
        _seeds.Dispose();
    }

    private static void WriteMask(NegacyclicNtt ring, ReadOnlySpan<double> mask, Span<byte> bytes)
    {
        using AlignedBuffer<ulong> residues = new(mask.Length);
        ring.ToCanonical(mask, residues.Span);
        foreach (ref ulong residue in residues.Span) residue >>= WireFormat.MaskDroppedBits;
        BitPacking.Pack<ulong>(residues.Span, WireFormat.MaskBits, bytes);
    }

    /// <summary>Adds U to the used coefficients, packs them, and writes -round(U*2^32/q) as the server's share.</summary>
    private void WriteValues(NegacyclicNtt ring, Prg fresh, in OutputBlock block, ReadOnlySpan<double> values, Span<byte> bytes)
    {
        using AlignedBuffer<ulong> residues = new(values.Length), uniform = new(block.Count);
        ring.ToCanonical(values, residues.Span);
        UniformSampler.Fill(ring.Modulus, fresh, uniform.Span);
        int[] coefficients = new int[block.Count], elements = new int[block.Count];
        _packing.Locate(block, coefficients, elements);
        Span<ulong> masks = uniform.Span;
        double scale = WireFormat.Scale(ring);
        long p = (long)ring.Modulus.Value;
        for (int i = 0; i < masks.Length; i++)
        {
            _share.Span[elements[i]] = (uint)-(long)((long)masks[i] * scale + 0.5);
            long sum = (long)(masks[i] + residues.Span[coefficients[i]]) - p;
            masks[i] = (ulong)(sum + ((sum >> 63) & p)) >> WireFormat.ValueDroppedBits;
        }
        BitPacking.Pack<ulong>(masks, WireFormat.ValueBits, bytes);
    }
}
