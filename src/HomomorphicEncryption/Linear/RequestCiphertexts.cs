using Blindsight.Arithmetic.Memory;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// A checked request at the server, in the transform domain and in the order in which products stream through it. Serves
/// all packings of its request; may be read by several threads. Dispose gives the memory back to the server.
/// </summary>
public sealed class RequestCiphertexts : IDisposable
{
    private readonly RlweServer _owner;
    private AlignedBuffer<double>? _buffer;

    internal RequestCiphertexts(RlweServer owner, LinearRequest request, AlignedBuffer<double> buffer) =>
        (_owner, Request, _buffer) = (owner, request, buffer);

    public LinearRequest Request { get; }

    /// <summary>The first or second halves of all blocks of one tile and bundle, interleaved as in <see cref="PreparedWeights"/>.</summary>
    internal Span<double> Rows(int tileAndBundle, bool second)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        int length = Request.Layout.BlocksPerBundle * Request.Parameters.Degree;
        return _buffer.Span.Slice((2 * tileAndBundle + (second ? 1 : 0)) * length, length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) _owner.Return(buffer);
    }
}
