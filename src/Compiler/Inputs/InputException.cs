namespace Blindsight.Compiler.Inputs;

/// <summary>A data file that cannot be used; names the file and the field.</summary>
public sealed class InputException : Exception
{
    /// <param name="file">The file's name, as the user gave it.</param>
    /// <param name="field">The part of the file that is at fault, or empty.</param>
    public InputException(string file, string field, string message, Exception? inner = null)
        : base(field.Length == 0 ? $"{file}: {message}" : $"{file}: {field}: {message}", inner)
    {
        File = file;
        Field = field;
    }

    /// <summary>The file's name.</summary>
    public string File { get; }

    /// <summary>The part of the file that is at fault, or empty.</summary>
    public string Field { get; }
}
