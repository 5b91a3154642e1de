using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>The ciphertexts of one request as transforms, read and checked once.</summary>
internal sealed class RlweRequest : IDisposable
{
    private readonly int _size;
    private readonly AlignedBuffer<double> _masks, _values;

    /// <exception cref="FormatException">The request is malformed.</exception>
    public RlweRequest(
        NegacyclicNtt ring, ReadOnlySpan<byte> connection, LinearPacking packing, ulong inference, uint layer,
        ReadOnlySpan<byte> request)
    {
        _size = packing.Size;
        _masks = new AlignedBuffer<double>(checked(packing.RequestPolynomials * _size));
        _values = new AlignedBuffer<double>(_masks.Length);
        int bytes = WireFormat.RequestPolynomialBytes(_size);
        for (int polynomial = 0; polynomial < packing.RequestPolynomials; polynomial++)
        {
            WireFormat.ReadTransform(ring, request.Slice(polynomial * bytes, bytes), Values(polynomial, 1));
            WireFormat.RequestMask(ring, connection, inference, layer, polynomial, Masks(polynomial, 1));
        }
    }

    /// <summary>The halves a of consecutive ciphertexts.</summary>
    public Span<double> Masks(int first, int count) => _masks.Span.Slice(first * _size, count * _size);

    /// <summary>The halves b of consecutive ciphertexts.</summary>
    public Span<double> Values(int first, int count) => _values.Span.Slice(first * _size, count * _size);

    public void Dispose()
    {
        _masks.Dispose();
        _values.Dispose();
    }
}
