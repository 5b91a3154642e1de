namespace Blindsight.Compiler.Inputs;

/// <summary>PNG's predictions of a byte from its neighbours.</summary>
internal static class PngFilter
{
    /// <summary>Undoes the filters in place; every row is a filter byte and <paramref name="stride"/> bytes.</summary>
    public static void Undo(Span<byte> rows, int stride, int pixelBytes, string file)
    {
        for (int start = 0; start < rows.Length; start += stride + 1)
        {
            byte filter = rows[start];
            if (filter > 4) throw new InputException(file, "IDAT", $"filter {filter} does not exist");
            for (int i = start + 1; i <= start + stride; i++)
            {
                bool first = i - start <= pixelBytes, top = start == 0;
                int left = first ? 0 : rows[i - pixelBytes], up = top ? 0 : rows[i - stride - 1];
                int corner = first || top ? 0 : rows[i - stride - 1 - pixelBytes];
                rows[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
