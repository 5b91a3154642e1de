using Blindsight.Arithmetic.Memory;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// A ciphertext with the digits of c1 transformed modulo every prime: many rotations share them. Holds level * (level + 1) polynomials and
/// refers to the ciphertext; dispose it first.
/// </summary>
public sealed class CkksDecomposition : IDisposable
{
    private AlignedBuffer<double>? _rows;

    internal CkksDecomposition(CkksCiphertext ciphertext, AlignedBuffer<double> rows) => (Ciphertext, _rows) = (ciphertext, rows);

    public CkksCiphertext Ciphertext { get; }

    /// <summary>All digits modulo prime number <paramref name="index"/> of the level's, P last.</summary>
    internal Span<double> Rows(int index)
    {
        ObjectDisposedException.ThrowIf(_rows is null, this);
        int length = _rows.Length / (Ciphertext.Level + 1);
        return _rows.Span.Slice(index * length, length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rows, null) is { } rows) Ciphertext.Context.Return(rows, clear: false);
    }
}
