using System.Globalization;

namespace Blindsight.Cli.Commands;

/// <summary>Amounts of memory as people write them: 2GiB, 512MiB, 1.5 GB, 0.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <returns>Bytes, or null where the text is no amount: a number without unit other than 0 is none.</returns>
    public static long? Parse(string text)
    {
        (string suffix, double bytes) = Units.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase), ("", 0));
        return double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out double number) && (suffix.Length > 0 || number == 0) && number * bytes < 1L << 50
            ? (long)(number * bytes) : null;
    }

    /// <summary>In mebibytes or gibibytes.</summary>
    public static string Text(long bytes) => bytes < 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.##} GiB");
}
