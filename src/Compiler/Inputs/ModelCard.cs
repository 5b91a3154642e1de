using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Blindsight.Compiler.Plans;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Blindsight.Compiler.Inputs;

/// <summary>
/// Reads a model card, a flat YAML mapping: channel_order rgb|bgr, scale, mean, std, layout nchw|nhwc, classes (a file with
/// a name on each line, beside the card). Where scale, mean and std are all absent, bytes are divided by 255 and floats
/// taken as they are; where one is present the others are 1, 0 and 1.
/// </summary>
public static class ModelCard
{
    private const int BytesMax = 1 << 16, ClassesBytesMax = 1 << 22;

    /// <summary>Where a model's card lies if it has one.</summary>
    public static string Beside(string model) => Path.ChangeExtension(model, ".yaml");

    /// <exception cref="InputException">The card cannot be read; names the key.</exception>
    public static InputCard Read(string path) => Parse(Load(path, BytesMax), path,
        name => Load(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", name), ClassesBytesMax));

    /// <summary>Reads a card's text.</summary>
    /// <param name="loadClasses">Reads the file of class names.</param>
    internal static InputCard Parse(string text, string file, Func<string, string> loadClasses)
    {
        Dictionary<string, List<string>> entries = Entries(text, file);
        foreach (string key in entries.Keys)
            if (key is not ("channel_order" or "scale" or "mean" or "std" or "layout" or "classes"))
                throw new InputException(file, key, "not a key of a model card");
        bool preprocessing = entries.ContainsKey("scale") || entries.ContainsKey("mean") || entries.ContainsKey("std");
        InputCard card = new(
            Word(entries, "channel_order", "rgb", file),
            Numbers(entries, "scale", 1, file) is [double scale] ? scale : throw new InputException(file, "scale", "one number"),
            preprocessing ? Numbers(entries, "mean", 0, file) : [], preprocessing ? Numbers(entries, "std", 1, file) : [],
            Word(entries, "layout", "nchw", file),
            entries.ContainsKey("classes") ? Classes(loadClasses(Word(entries, "classes", "", file))) : []);
        try
        {
            CardRules.Check(card);
        }
        catch (Blindsight.Arithmetic.ParameterException e)
        {
            throw new InputException(file, "", e.Message, e);
        }
        return card;
    }

    /// <summary>Keys with one value or a list of values; nothing nested, no anchors.</summary>
    private static Dictionary<string, List<string>> Entries(string text, string file)
    {
        Dictionary<string, List<string>> entries = [];
        try
        {
            Parser parser = new(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return entries;
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                string key = parser.Consume<Scalar>().Value;
                List<string> values = [];
                if (!entries.TryAdd(key, values)) throw new InputException(file, key, "given twice");
                if (!parser.TryConsume<SequenceStart>(out _)) values.Add(parser.Consume<Scalar>().Value);
                else
                    while (!parser.TryConsume<SequenceEnd>(out _)) values.Add(parser.Consume<Scalar>().Value);
            }
            parser.Consume<DocumentEnd>();
            parser.Consume<StreamEnd>();
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            string line = e is YamlException at ? $"line {at.Start.Line}" : "";
            throw new InputException(file, line, "not a flat YAML mapping", e);
        }
        return entries;
    }

    private static string Word(Dictionary<string, List<string>> entries, string key, string absent, string file) =>
        !entries.TryGetValue(key, out List<string>? values) ? absent
        : values is [string word] ? word : throw new InputException(file, key, "one word");

    private static ImmutableArray<double> Numbers(Dictionary<string, List<string>> entries, string key, double absent, string file)
    {
        if (!entries.TryGetValue(key, out List<string>? values)) return [absent];
        return [.. values.Select(value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number : throw new InputException(file, key, $"'{value}' is not a number"))];
    }

    private static ImmutableArray<string> Classes(string text) =>
        [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    private static string Load(string path, int bytesMax)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= bytesMax ? File.ReadAllText(path, Encoding.UTF8)
                : throw new InputException(path, "", $"{length} bytes; at most {bytesMax} are read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException(path, "", "cannot be read: " + e.Message, e);
        }
    }
}
