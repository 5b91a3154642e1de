using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Blindsight.Arithmetic;
using Blindsight.Attestation;
using Blindsight.Cli.Commands;
using Blindsight.Compiler;
using Blindsight.Compiler.Inputs;
using Blindsight.Enclave;
using Blindsight.Hosting;
using Blindsight.Mpc.Channels;

namespace Blindsight.Cli;

/// <summary>
/// The tool's command line. Exit codes: 0 done, 1 failed, 2 used wrongly, 70 a defect of this program, 130 interrupted; every
/// failure leaves one sentence on the error output.
/// </summary>
internal static class CommandLine
{
    public const int Failed = 1, UsedWrongly = 2, Defect = 70, Interrupted = 130;

    private const string TraceVariable = "BLINDSIGHT_TRACE";

    public static int Run(string[] arguments, Terminals terminals, CancellationToken cancellation)
    {
        ParseResult parsed = Root(terminals, cancellation).Parse(arguments.Length > 0 ? arguments : ["--help"]);
        if (parsed.Errors.Count > 0)
            return Fail(terminals, UsedWrongly, $"{Mistake(parsed)} See 'blindsight {CommandPath(parsed)}--help'.");
        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = terminals.Out, Error = terminals.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
            return parsed.InvokeAsync(configuration, cancellation).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return Fail(terminals, Interrupted, "Interrupted.");
        }
        catch (Exception fault) when (Explained(fault))
        {
            return Fail(terminals, Failed, Sentence(fault.Message));
        }
        catch (Exception fault)
        {
            if (Environment.GetEnvironmentVariable(TraceVariable) is not null) terminals.Error.WriteLine(fault);
            return Fail(terminals, Defect,
                $"This is a defect of Blindsight ({fault.GetType().Name}: {fault.Message}); set {TraceVariable}=1 to see where.");
        }
    }

    private static RootCommand Root(Terminals terminals, CancellationToken cancellation)
    {
        RootCommand root = new(
            "Blindsight answers questions to a neural network whose owner must not see the input, for a client who must not see "
            + "the weights. Start with 'blindsight demo'.");
        Command[] commands =
        [
            DemoCommand.Create(terminals, cancellation), RunCommand.Create(terminals, cancellation),
            CompareCommand.Create(terminals, cancellation),
            CheckCommand.Create(terminals), CompileCommand.Create(terminals), InspectCommand.Create(terminals),
            EvaluateCommand.Create(terminals), ServeCommand.Create(terminals, cancellation),
            InferCommand.Create(terminals, cancellation), SplitCommand.Create(terminals), DealerCommand.Create(terminals, cancellation),
            ServerCommand.Create(terminals, cancellation), SubmitCommand.Create(terminals, cancellation),
            CollectCommand.Create(terminals, cancellation), EnclaveCommand.Create(), HostCommand.Create(terminals, cancellation),
            UploadModelCommand.Create(terminals, cancellation), QueryCommand.Create(terminals, cancellation), CertsCommand.Create(terminals),
            TrainCommand.Create(terminals), PlanCommand.Create(terminals), SynthesizeCommand.Create(terminals),
            BenchCommand.Create(terminals, cancellation), MeasureCommand.Create(terminals, cancellation),
        ];
        foreach (Command command in commands) root.Subcommands.Add(command);
        foreach (HelpOption help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Faults of models, files, parameters and peers; anything else is a defect of this program.</summary>
    private static bool Explained(Exception fault) => fault is CommandException or ParameterException or GraphException or QueryFaultException
        or RoomException or AttestationException or InputException or ProtocolException or IOException or InvalidDataException or UnauthorizedAccessException;

    private static int Fail(Terminals terminals, int code, string sentence)
    {
        terminals.Error.WriteLine($"blindsight: {sentence}");
        return code;
    }

    private static string Mistake(ParseResult parsed) => parsed.UnmatchedTokens.Count > 0
        ? $"There is no command or option '{parsed.UnmatchedTokens[0]}' here." : Sentence(parsed.Errors[0].Message);

    private static string Sentence(string message)
    {
        string line = message.ReplaceLineEndings(" ").Trim();
        return line.EndsWith('.') || line.EndsWith('?') ? line : line + ".";
    }

    /// <summary>The names of the command and of those around it, each followed by a space.</summary>
    private static string CommandPath(ParseResult parsed)
    {
        string path = "";
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } result; at = at.Parent)
            path = $"{result.Command.Name} {path}";
        return path;
    }
}
