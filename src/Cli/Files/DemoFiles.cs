namespace Blindsight.Cli.Files;

/// <summary>The demonstration's model and digits, in assets/demo of the repository that this program was built from.</summary>
internal sealed record DemoFiles(string Model, string Calibration, string Digits, string Labels)
{
    /// <exception cref="CommandException">The folder is not there or not complete.</exception>
    public static DemoFiles Find()
    {
        string folder = Assets.Folder("demo");
        return new(Only(folder, "*.onnx"), Only(folder, "calibration-images*"), Only(folder, "digits-images*"), Only(folder, "digits-labels*"));
    }

    private static string Only(string folder, string pattern) => Directory.EnumerateFiles(folder, pattern).FirstOrDefault()
        ?? throw new CommandException($"{folder} has no file {pattern}.");
}
