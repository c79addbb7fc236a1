"""Reading and writing XLSX and CSV safely, as streams of rows. Which columns there are is each app's business."""
