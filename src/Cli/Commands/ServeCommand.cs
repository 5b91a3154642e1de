using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Hosting.Service;
using Blindsight.Transport;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Commands;

/// <summary>The model owner's process.</summary>
internal sealed class ServeCommand
{
    private readonly Argument<string?> _model = new("MODEL")
    {
        Description = "An ONNX model; may be left out where --config names models.", Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _plan = CommonOptions.Plan(), _calibration = CommonOptions.Calibration(), _card = CommonOptions.Card();
    private readonly Option<string?> _config = new("--config")
    {
        Description = "Settings in JSON: addresses, models, limits of clients. Variables (BLINDSIGHT_LISTEN) go before it, options before both. Read anew, "
            + "models too, at the hang-up signal.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _listen = new("--listen")
    {
        Description = "Where to wait for clients; 0.0.0.0 is every address of this machine. Default: 127.0.0.1:7766.", HelpName = "HOST:PORT",
    };
    private readonly Option<string?> _manage = new("--manage")
    {
        Description = "Where to answer /healthz, /readyz and /metrics: plain HTTP on an address of this machine, mutual TLS on any other. Default: nowhere.",
        HelpName = "HOST:PORT",
    };
    private readonly Option<string?> _audit = new("--audit")
    {
        Description = "Appends who asked for how many rows and when, and who was refused, to a file; nothing of what was asked or answered.", HelpName = "FILE",
    };
    private readonly Option<Uri?> _otlp = new("--otlp") { Description = "Sends metrics and traces to this collector, by OTLP.", HelpName = "URL" };
    private readonly Option<bool> _labelsOnly = new("--labels-only")
    {
        Description = "Serves only what releases labels: compiles models so, and refuses plans that release more. Outputs leak models.",
    };
    private readonly Option<string> _log = CommonOptions.Choice("--log", "Lines for people, or structured ones.", "text", "json");
    private readonly Option<int?> _clients = new("--clients") { Description = "Ends after so many clients. Default: never.", HelpName = "N" };
    private readonly Option<string?> _memory = CommonOptions.Memory();
    private readonly Option<string> _deployment = LeveledParties.Deployment();
    private readonly Option<int> _batch = LeveledParties.Batch();
    private readonly PartyOptions _options = new();
    private readonly Terminals _terminals;

    private ServeCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        ServeCommand serve = new(terminals);
        TaughtCommand command = new("serve",
            "Answers clients with models that they do not get to see. Ctrl-C and the system's request to end let finish what runs.",
            "blindsight serve model.onnx --plan model.plan --listen 0.0.0.0:7766 --tls tls/server",
            "blindsight serve model.onnx --calibration train.npy --insecure",
            "blindsight serve --config service.json --manage 127.0.0.1:7780 --log json",
            "blindsight serve large.onnx --plan large.plan --memory 512MiB --tls tls/server",
            "blindsight serve squares.onnx --deployment he --calibration train.npy --batch 1024 --tls tls/server")
        {
            serve._model, serve._plan, serve._calibration, serve._card, serve._config, serve._listen, serve._manage, serve._audit, serve._otlp,
            serve._labelsOnly, serve._log, serve._clients, serve._memory, serve._deployment, serve._batch,
        };
        serve._options.AddTo(command);
        command.SetAction(parsed => serve.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        ServiceSettings settings = Settings(parsed);
        using PartyOutput output = _options.Enter(parsed, _terminals, parsed.GetValue(_card), Files(parsed, settings));
        ConnectionSecurity security = _options.Security(parsed, _terminals, settings.Tls);
        PartyAddress.Parse(settings.Listen, security);
        bool leveled = LeveledParties.IsChosen(parsed, _deployment, _plan, _memory, _config);
        if (leveled && settings.LabelsOnly) throw new CommandException($"--deployment {LeveledParties.Name} cannot release labels alone.");
        bool structured = parsed.GetRequiredValue(_log) == "json";
        ModelLoader loader = new(_terminals, _options.Threads(parsed),
            parsed.GetValue(_memory) is { } size ? ByteSize.Parse(size)!.Value : null);
        using ServiceHost host = new(() => Settings(parsed), leveled ? current => Leveled(parsed, current, loader) : loader.Load, security,
            _options.Link(parsed), structured);
        host.Complained += words =>
        {
            if (!structured) _terminals.Error.WriteLine($"blindsight: {words.TrimEnd('.')}.");
        };
        host.SessionEnded += ended =>
        {
            if (ended.Report is { } report) output.Tell(loader.Finish(ended.Model, report), ForPeople(PartyOutput.Words(ended.Number, report)));
        };
        output.Tell(new Listening(host.Address), ForPeople($"Serving {loader.Words} at {host.Address}; "
            + (host.ManagementAddress is { } manage ? $"health and metrics at {manage}; " : "") + $"{loader.Detail}; Ctrl-C ends."));
        return host.Run(parsed.GetValue(_clients), _options.Linked(parsed, cancellation)) ? 0 : CommandLine.Failed;

        string? ForPeople(string words) => structured ? null : words;
    }

    /// <summary>The file's settings and the variables', and what the command line says instead.</summary>
    private ServiceSettings Settings(ParseResult parsed)
    {
        ServiceSettings settings = ServiceSettings.Read(parsed.GetValue(_config));
        if (parsed.GetValue(_model) is { } model)
        {
            settings.Models.Clear();
            settings.Models[Path.GetFileNameWithoutExtension(model)] = new()
            {
                Model = model, Plan = parsed.GetValue(_plan), Calibration = parsed.GetValue(_calibration), Card = parsed.GetValue(_card),
            };
        }
        if (settings.Models.Count == 0) throw new CommandException("There is no model to serve: name one, or some in a file for --config.");
        return settings with
        {
            Listen = parsed.GetValue(_listen) ?? settings.Listen, Manage = parsed.GetValue(_manage) ?? settings.Manage,
            Audit = parsed.GetValue(_audit) ?? settings.Audit, Otlp = parsed.GetValue(_otlp) ?? settings.Otlp,
            LabelsOnly = parsed.GetValue(_labelsOnly) || settings.LabelsOnly,
        };
    }

    /// <summary>What a confined server must be able to read.</summary>
    private string?[] Files(ParseResult parsed, ServiceSettings settings) =>
    [
        parsed.GetValue(_config), settings.Tls,
        .. settings.Models.Values.SelectMany(model => (string?[])[model.Model, model.Plan, model.Calibration]),
        .. settings.Models.Values.SelectMany(model => ModelFiles.CardFiles(model.Card ?? ModelFiles.CardBeside(model.Model))),
    ];

    private ServedModels Leveled(ParseResult parsed, ServiceSettings settings, ModelLoader loader)
    {
        ModelSettings model = settings.Models.Values.First();
        return loader.Take(LeveledParties.Load(model.Model, model.Calibration, ModelFiles.Card(model.Card, model.Model), parsed.GetValue(_batch),
            _options.Link(parsed), _options.Threads(parsed), words => loader.Detail = words));
    }
}
