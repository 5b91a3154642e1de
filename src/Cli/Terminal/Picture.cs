using System.Text;
using Blindsight.Compiler.Inputs;

namespace Blindsight.Cli.Terminal;

/// <summary>A grey image as text: half-block characters, two pixels a character one above the other, ink where the image is bright.</summary>
internal static class Picture
{
    private const float InkMin = 96;

    /// <summary>The lines of row <paramref name="row"/>, an image of bytes, without empty ones above and below.</summary>
    public static string[] Lines(SampleSet samples, int row)
    {
        int height = samples.Shape[^2], width = samples.Shape[^1];
        float[] pixels = samples.Row(row);
        string[] lines = new string[(height + 1) / 2];
        for (int line = 0; line < lines.Length; line++)
        {
            StringBuilder text = new(width);
            for (int x = 0; x < width; x++)
                text.Append((Ink(2 * line, x), Ink(2 * line + 1, x)) switch
                {
                    (true, true) => '█', (true, false) => '▀', (false, true) => '▄', _ => ' ',
                });
            lines[line] = text.ToString();
        }
        return Trimmed(lines);

        bool Ink(int y, int x) => y < height && pixels[y * width + x] >= InkMin;
    }

    private static string[] Trimmed(string[] lines)
    {
        int first = Array.FindIndex(lines, line => !string.IsNullOrWhiteSpace(line));
        int last = Array.FindLastIndex(lines, line => !string.IsNullOrWhiteSpace(line));
        return first < 0 ? [""] : lines[first..(last + 1)];
    }
}
