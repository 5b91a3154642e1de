using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Enclave;
using Blindsight.Hosting.Files;
using Blindsight.Hosting.Rooms.Owners;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>The data owner's process.</summary>
internal static class QueryCommand
{
    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string> host = UploadModelCommand.Host(), input = CommonOptions.Input(), link = CommonOptions.Link();
        Option<string?> rows = CommonOptions.Rows(), card = CommonOptions.Card();
        card.Description = "A model card (YAML) to use instead of the model owner's.";
        Option<string?> model = new("--model") { Description = "The model, by the number that 'upload-model' told. Default: the only one.", HelpName = "ID" };
        Option<string?> contract = new("--contract")
        {
            Description = "The contract's hash that 'upload-model' told: another one is refused.", HelpName = "HASH",
        };
        Option<string?> identity = new("--identity")
        {
            Description = "The data owner's key, written where there is none: keys inside the enclave are kept for whoever has it. Default: a fresh one.",
            HelpName = "FILE",
        };
        HostOptions options = new();
        AttestationOptions attestation = new();
        TaughtCommand command = new("query",
            "Asks a model inside an enclave: inputs go, and results come, over a channel that ends inside it.",
            "blindsight query --host 127.0.0.1:7710 --tls tls/client --input digits.idx3-ubyte.gz --rows 0-4 --policy policy.json",
            "blindsight query --host 127.0.0.1:7710 --tls tls/client --input digits.idx3-ubyte.gz --rows 0-4 --accept-simulated")
        { host, input, rows, card, model, contract, identity, link };
        attestation.AddTo(command);
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using PartyOutput output = options.Open(parsed, terminals);
            SampleSet samples = ModelFiles.Samples(parsed.GetRequiredValue(input), "input");
            RowRange range = RowRange.Of(parsed.GetValue(rows), samples);
            AttestationTerms terms = attestation.Terms(parsed);
            using ECDsa key = IdentityOf(parsed.GetValue(identity));
            CancellationToken linked = options.Linked(parsed, cancellation);
            using HostLine line = HostLine.Open(parsed.GetRequiredValue(host), options.Security(parsed, terminals),
                LinkProfile.Named(parsed.GetRequiredValue(link)), linked);
            using CancellationTokenRegistration ending = linked.Register(line.Abort);
            using AttestedChannel channel = AttestedChannel.Open(line, terms);
            long start = Stopwatch.GetTimestamp();
            DataOwnerClient owner = DataOwnerClient.Enter(line, channel, Chosen(parsed.GetValue(model), line), key);
            if (parsed.GetValue(contract) is { } wanted && !wanted.Equals(owner.ContractHash, StringComparison.OrdinalIgnoreCase))
                throw new CommandException($"The enclave goes by the contract {owner.ContractHash}, not {wanted}; nothing was sent.");
            InputCard used = parsed.GetValue(card) is { } cardFile ? ModelCard.Read(cardFile) : owner.Description.Card;
            FloatTensor[][] inputs = ModelFiles.Inputs(samples, range, used, [.. owner.Description.Inputs.Select(port => port.Port)]);
            owner.Prepare();
            double offline = Stopwatch.GetElapsedTime(start).TotalSeconds;
            RoomReport prepared = Report(line);
            ChannelCounters before = line.Counters;
            (double bound, double bits) = Ask(owner, [.. range.Rows.Zip(inputs)], terminals, output);
            double online = Stopwatch.GetElapsedTime(start).TotalSeconds - offline;
            ChannelCounters traffic = line.Counters - before;
            output.Tell(new QueriesAnswered(owner.Description.Model, owner.ContractHash, channel.Verdict.Label, owner.HostIsChecked, [.. used.Classes],
                    range.Count, offline, online, traffic.BytesSent, traffic.BytesReceived, traffic.Rounds, bound, bits, prepared, Report(line)),
                $"{channel.Verdict}\n{range.Count} rows: {offline:f2} s until keys were there, {online:f2} s for answers, each within {bound:g2} "
                + $"of exact arithmetic; the host is {(owner.HostIsChecked ? "" : "NOT ")}checked.");
            output.Tell(Ended.Now());
            return 0;
        });
        return command;
    }

    /// <summary>Asks in batches as large as the contract takes.</summary>
    /// <returns>The error's bound, and the flood's statistical bits.</returns>
    private static (double Bound, double Bits) Ask(DataOwnerClient owner, (int Row, FloatTensor[] Input)[] rows, Terminals terminals, PartyOutput output)
    {
        using ProgressLine progress = new(terminals.Error);
        double bound = 0, bits = double.MaxValue;
        foreach ((int Row, FloatTensor[] Input)[] batch in rows.Chunk(owner.Description.Images))
        {
            RoomAnswer answer = owner.Infer([.. batch.Select(row => row.Input)],
                (step, steps, name) => progress.Show($"row {batch[0].Row}: step {step}/{steps} {name}"));
            progress.Clear();
            (bound, bits) = (Math.Max(bound, answer.ErrorBound), Math.Min(bits, answer.StatisticalBits));
            for (int i = 0; i < batch.Length; i++)
            {
                int top = Array.IndexOf(answer.Outputs[i][0].Data, answer.Outputs[i][0].Data.Max());
                output.Tell(new Predicted(batch[i].Row, [.. answer.Outputs[i].SelectMany(tensor => tensor.Data)], top),
                    $"row {batch[i].Row}: {RunSummary.Name(top, [.. owner.Description.Card.Classes])}");
            }
        }
        return (bound, bits);
    }

    private static RoomReport Report(HostLine line) =>
        JsonSerializer.Deserialize<RoomReport>(line.Report()) ?? throw new CommandException("The host hands on no counters.");

    private static RoomId Chosen(string? named, HostLine line)
    {
        if (named is not null) return RoomId.Parse(named) ?? throw new CommandException($"'{named}' is not the number of a model: 32 hexadecimal digits.");
        (RoomId Id, string Name)[] models = line.Models();
        return models.Length == 1 ? models[0].Id : throw new CommandException(models.Length == 0 ? "The host has no model."
            : $"The host has {models.Length} models; choose one with --model: {string.Join(", ", models.Select(model => $"{model.Id} ({model.Name})"))}.");
    }

    private static ECDsa IdentityOf(string? path)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (path is null) return key;
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, file => file.Write(key.ExportPkcs8PrivateKey()));
            return key;
        }
        try
        {
            key.ImportPkcs8PrivateKey(File.ReadAllBytes(path), out _);
            if (key.KeySize == 256) return key;
        }
        catch (CryptographicException)
        {
            // Refused below.
        }
        key.Dispose();
        throw new CommandException($"{path} is no data owner's key.");
    }
}
