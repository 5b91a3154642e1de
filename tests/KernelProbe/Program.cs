using Blindsight.Inference.Sessions;

WarmUp.Run();
