using System.Collections.Immutable;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Blindsight.Cli.Benchmarks.Networks;

/// <summary>One network to measure; paths are whole.</summary>
/// <param name="Model">An ONNX file, or null where the network is synthesised.</param>
/// <param name="Topology">What it is synthesised from: a file or a name; null where there is a model.</param>
/// <param name="CalibrationRows">As the option --rows of 'compile'; null for rows from the whole file.</param>
/// <param name="Rows">Rows that inferences take in turn; null for all.</param>
internal sealed record NetworkEntry(
    string Name, string? Model, string? Topology, ulong Seed, string? Card, string Calibration, string? CalibrationRows, string Input, string? Rows)
{
    /// <summary>Files that measuring it reads.</summary>
    /// <param name="names">Topologies that are built by name.</param>
    public IEnumerable<string> Files(IReadOnlyCollection<string> names) =>
        ((string?[])[Model, Topology is null || names.Contains(Topology) ? null : Topology, Card, Calibration, Input]).OfType<string>();
}

/// <summary>
/// Reads the list of networks of 'bench networks': YAML with one key, networks, a list of mappings with the keys name, model or topology
/// (and seed), card, calibration, calibration_rows, input, rows.
/// </summary>
internal static class NetworkManifest
{
    private const long BytesMax = 1 << 20;

    private static readonly string[] Keys = ["name", "model", "topology", "seed", "card", "calibration", "calibration_rows", "input", "rows"];

    /// <param name="data">The folder below which models and data are; cards, and paths that begin with ../, are beside the manifest.</param>
    /// <param name="names">Topologies that are built by name.</param>
    /// <exception cref="CommandException">Not such a list; names file, network and key.</exception>
    public static ImmutableArray<NetworkEntry> Read(string path, string data, IReadOnlyCollection<string> names)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no manifest at '{path}'.");
        if (new FileInfo(path).Length > BytesMax) throw new CommandException($"{path} has more than {BytesMax} bytes, which no manifest has.");
        ImmutableArray<NetworkEntry> entries = [.. Mappings(path).Select((mapping, index) => Entry(path, data, names, mapping, index))];
        if (entries.IsEmpty) throw new CommandException($"{path} lists no network.");
        if (entries.GroupBy(entry => entry.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new CommandException($"{path} lists network '{twice.Key}' twice.");
        return entries;
    }

    private static NetworkEntry Entry(
        string path, string data, IReadOnlyCollection<string> names, Dictionary<string, string> mapping, int index)
    {
        string label = mapping.TryGetValue("name", out string? name) && name.Length > 0 ? $"network '{name}'" : $"network {index + 1}";
        foreach (string key in mapping.Keys)
            if (!Keys.Contains(key)) throw new CommandException($"{path}, {label}: '{key}' is not a key of a network; keys are {string.Join(", ", Keys)}.");
        string Required(string key) => mapping.TryGetValue(key, out string? value) && value.Length > 0
            ? value : throw new CommandException($"{path}, {label}: '{key}' is missing.");
        string? Below(string folder, string key) => mapping.TryGetValue(key, out string? value) ? Path.GetFullPath(Path.Combine(folder, value)) : null;
        string beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? Given(string key) => Below(mapping.GetValueOrDefault(key)?.StartsWith("../", StringComparison.Ordinal) == true ? beside : data, key);
        if (mapping.ContainsKey("model") == mapping.ContainsKey("topology"))
            throw new CommandException($"{path}, {label}: either 'model' or 'topology' is needed.");
        ulong seed = 1;
        if (mapping.TryGetValue("seed", out string? text) && !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed))
            throw new CommandException($"{path}, {label}: 'seed' is '{text}', which is not a number from 0 on.");
        string? topology = mapping.GetValueOrDefault("topology");
        Required("calibration");
        Required("input");
        return new(Required("name"), Given("model"), topology is null || names.Contains(topology) ? topology : Given("topology"), seed,
            Below(beside, "card"), Given("calibration")!, mapping.GetValueOrDefault("calibration_rows"), Given("input")!,
            mapping.GetValueOrDefault("rows"));
    }

    private static List<Dictionary<string, string>> Mappings(string path)
    {
        try
        {
            List<Dictionary<string, string>> mappings = [];
            Parser parser = new(new StringReader(File.ReadAllText(path)));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            if (parser.Consume<Scalar>().Value is not "networks" and var key)
                throw new CommandException($"{path}: '{key}' is not a key of a manifest; the one key is networks.");
            parser.Consume<SequenceStart>();
            while (!parser.TryConsume<SequenceEnd>(out _)) mappings.Add(Mapping(path, parser));
            parser.Consume<MappingEnd>();
            return mappings;
        }
        catch (Exception fault) when (fault is YamlException or InvalidOperationException)
        {
            string line = fault is YamlException at ? $", line {at.Start.Line}" : "";
            throw new CommandException($"{path}{line}: not a manifest, which is 'networks:' and a list of mappings of words.");
        }
    }

    private static Dictionary<string, string> Mapping(string path, Parser parser)
    {
        Dictionary<string, string> mapping = [];
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            Scalar key = parser.Consume<Scalar>();
            if (!mapping.TryAdd(key.Value, parser.Consume<Scalar>().Value))
                throw new CommandException($"{path}, line {key.Start.Line}: '{key.Value}' is given twice.");
        }
        return mapping;
    }
}
