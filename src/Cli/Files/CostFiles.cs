using Blindsight.Inference.Costs;
using Blindsight.Training;

namespace Blindsight.Cli.Files;

/// <summary>Where the measurement of a machine lies.</summary>
internal static class CostFiles
{
    private const string Folder = "blindsight", Name = "costs.json";

    /// <summary>The user's own place for data of programs.</summary>
    public static string DefaultPath => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), Folder, Name);

    /// <summary>The file that was named, else the user's, else the nominal machine.</summary>
    /// <exception cref="CommandException">The file that was named is not there.</exception>
    public static MachineCosts Read(string? path)
    {
        if (path is not null && !File.Exists(path))
            throw new CommandException($"There are no costs at '{path}'; measure them with 'blindsight measure --out {path}'.");
        string file = path ?? DefaultPath;
        return File.Exists(file) ? MachineCosts.FromJson(File.ReadAllBytes(file)) : MachineCosts.Nominal;
    }

    public static void Write(string? path, MachineCosts costs)
    {
        string file = path ?? DefaultPath;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        AtomicFile.Write(file, stream => stream.Write(costs.ToJson()));
    }
}
