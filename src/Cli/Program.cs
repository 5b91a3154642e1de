using Blindsight.Cli;

using Interruption interruption = new();
return CommandLine.Run(args, new Terminals(Console.Out, Console.Error), interruption.Token);
