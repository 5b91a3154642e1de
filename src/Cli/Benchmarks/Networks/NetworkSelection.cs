using System.Collections.Immutable;
using Blindsight.Cli.Files;
using Blindsight.Training.Synthesis;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Benchmarks.Networks;

/// <summary>Which networks of a manifest, and which links, a benchmark takes.</summary>
internal static class NetworkSelection
{
    private const string ManifestFolder = "networks";

    /// <param name="standard">The manifest in assets/networks that is taken where none is named; of it, networks without files are left out.</param>
    /// <param name="own">The manifest that was named, or null.</param>
    /// <param name="models">The folder below which models and data are, or null for the manifest's own.</param>
    /// <param name="wanted">Names, with commas between them; null for all.</param>
    /// <param name="told">Told what is left out.</param>
    /// <param name="standsAlone">Whether the standard manifest has networks that need no other folder.</param>
    /// <exception cref="CommandException">Nothing is left, or something that was named is not there.</exception>
    public static ImmutableArray<NetworkEntry> Of(
        string standard, string? own, string? models, string? wanted, TextWriter told, bool standsAlone = false)
    {
        if (own is null && models is null && !standsAlone)
            throw new CommandException("Give --models DIR, the folder with models and data, or --manifest FILE, a list of networks.");
        if (models is not null && !Directory.Exists(models)) throw new CommandException($"There is no folder '{models}'.");
        string manifest = own ?? Assets.File(ManifestFolder, standard);
        string[] names = [.. WeightSynthesis.Names.Select(item => item.Name)];
        ImmutableArray<NetworkEntry> listed = NetworkManifest.Read(manifest, models ?? Path.GetDirectoryName(Path.GetFullPath(manifest))!, names);
        if (wanted is not null)
            listed = [.. Words(wanted, "").Select(name => listed.FirstOrDefault(entry => entry.Name == name)
                ?? throw new CommandException($"{manifest} has no network '{name}'; it has {string.Join(", ", listed.Select(entry => entry.Name))}."))];
        List<NetworkEntry> present = [];
        foreach (NetworkEntry entry in listed)
            if (entry.Files(names).FirstOrDefault(file => !File.Exists(file)) is not { } missing) present.Add(entry);
            else if (own is null) told.WriteLine($"{entry.Name} is left out: there is no file '{missing}'.");
            else throw new CommandException($"{manifest}, network '{entry.Name}': there is no file '{missing}'.");
        return present.Count > 0 ? [.. present] : throw new CommandException($"None of the networks of {manifest} has its files below '{models}'.");
    }

    /// <summary>Names of links, with commas between them.</summary>
    /// <exception cref="CommandException">There is no such link.</exception>
    public static IEnumerable<string> Links(string? list, string standard) => Words(list, standard).Select(name =>
        LinkProfile.All.Any(profile => profile.Name == name) ? name
            : throw new CommandException($"There is no link '{name}'; links are {string.Join(", ", LinkProfile.All.Select(profile => profile.Name))}."));

    /// <summary>Words with commas between them.</summary>
    public static string[] Words(string? list, string standard) =>
        (list ?? standard).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
