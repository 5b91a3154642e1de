using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Blindsight.Cli;

/// <summary>A command that shows how it is used.</summary>
/// <param name="examples">Lines to type, each with a remark behind a number sign or without.</param>
internal sealed class TaughtCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>The usual help, and the command's examples below it.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not TaughtCommand command) return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in command.Examples) output.WriteLine($"  {example}");
        output.WriteLine();
        return code;
    }
}
